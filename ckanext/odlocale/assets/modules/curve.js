/*
 * Draws the growth curve from the table beside it, by Chart.js.
 *
 * open, here, expected, national - what each line is called, in the order of the columns
 *
 * Example
 *
 *   <figure data-module="odlocale-curve" data-module-open="Open" …>
 *     <div class="odl-curve__frame" role="img" aria-label="…" hidden></div>
 *     <table><tbody><tr data-day="2026-01-31"><th>…</th><td data-value="12">12</td>…</tr></tbody></table>
 *   </figure>
 */
this.ckan.module("odlocale-curve", function ($) {
  "use strict";

  return {
    options: { open: "", here: "", expected: "", national: "" },

    initialize: function () {
      this.frame = this.el[0].querySelector(".odl-curve__frame");
      var rows = this.el[0].querySelectorAll("tr[data-day]");
      if (!window.Chart || rows.length < 2) { return; }
      this.frame.hidden = false;
      this.frame.appendChild(document.createElement("canvas"));
      this.chart = new window.Chart(this.frame.firstChild, this.describe(rows));
    },

    teardown: function () {
      if (this.chart) {
        this.chart.destroy();
        this.frame.textContent = "";
        this.frame.hidden = true;
      }
    },

    describe: function (rows) {
      var style = getComputedStyle(this.el[0]);
      var role = function (name) {
        return style.getPropertyValue("--odlocale-" + name).trim();
      };
      var lang = document.documentElement.lang || "fr";
      var font = { family: style.fontFamily, size: 14 };
      var looks = [
        { label: this.options.open, borderColor: role("action"), borderWidth: 3 },
        { label: this.options.here, borderColor: role("done"), borderDash: [2, 3], borderWidth: 2 },
        { label: this.options.expected, borderColor: role("confirm"), borderDash: [8, 5], borderWidth: 2 },
        { label: this.options.national, borderColor: role("person"), borderDash: [1, 6], borderWidth: 2 },
      ];
      var month = new Intl.DateTimeFormat(lang, { month: "short", year: "numeric" });
      var labels = Array.from(rows, function (row) {
        return month.format(new Date(row.dataset.day + "T12:00:00"));
      });
      var lines = looks.map(function (look, rank) {
        look.data = Array.from(rows, function (row) {
          var cell = row.querySelectorAll("td")[rank];
          var value = cell ? cell.getAttribute("data-value") : "";
          return value === "" ? null : Number(value);
        });
        look.pointRadius = 0;
        look.pointHitRadius = 12;
        look.tension = 0;
        return look;
      }).filter(function (look) {
        return look.data.some(function (value) { return value !== null; });
      });
      return {
        type: "line",
        data: { labels: labels, datasets: lines },
        options: {
          animation: false,
          color: role("text"),
          interaction: { intersect: false, mode: "index" },
          locale: lang,
          maintainAspectRatio: false,
          plugins: {
            legend: { position: "bottom", labels: { color: role("text"), font: font, boxWidth: 28, boxHeight: 0 } },
            tooltip: { bodyFont: font, titleFont: font },
          },
          scales: {
            x: { grid: { display: false }, ticks: { color: role("secondary"), font: font, maxRotation: 0, autoSkipPadding: 24 } },
            y: { beginAtZero: true, grid: { color: role("line") }, ticks: { color: role("secondary"), font: font, precision: 0, maxTicksLimit: 6 } },
          },
        },
      };
    },
  };
});
