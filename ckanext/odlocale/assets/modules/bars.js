/*
 * Draws bars from the table beside them, by Chart.js.
 *
 * Names and amounts are read from the table, as text: whatever a file holds, nothing of
 * it is run.
 *
 * Example
 *
 *   <figure data-module="odlocale-bars">
 *     <div class="odl-picture__bars" role="img" aria-label="…" hidden></div>
 *     <table><tbody><tr><th>Personnel</th><td data-value="12.5">12,50 €</td></tr></tbody></table>
 *   </figure>
 */
this.ckan.module("odlocale-bars", function ($) {
  "use strict";

  /* Height of a bar and of what surrounds them, in pixels. */
  var BAR = 42, AROUND = 48;

  /* Width of a letter, in pixels: the half of a chart is for the bars. */
  var LETTER = 8.5;

  function shorten(text, most) {
    return text.length > most ? text.slice(0, most - 1).trim() + "…" : text;
  }

  /* Two lines at most, cut between words where there are some. */
  function fold(text, most) {
    if (text.length <= most) { return text; }
    var at = text.lastIndexOf(" ", most);
    at = at > 0 ? at : most;
    return [text.slice(0, at), shorten(text.slice(at).trim(), most)];
  }

  return {
    initialize: function () {
      var cells = this.el[0].querySelectorAll("td[data-value]");
      this.frame = this.el[0].querySelector(".odl-picture__bars");
      if (!window.Chart || !cells.length) { return; }
      this.names = [];
      this.amounts = [];
      cells.forEach(function (cell) {
        this.names.push(cell.parentNode.querySelector("th").textContent);
        this.amounts.push(Number(cell.getAttribute("data-value")));
      }, this);
      this.frame.style.height = cells.length * BAR + AROUND + "px";
      this.frame.hidden = false;
      this.frame.appendChild(document.createElement("canvas"));
      this.chart = new window.Chart(this.frame.firstChild, this.describe());
    },

    teardown: function () {
      if (this.chart) {
        this.chart.destroy();
        this.frame.textContent = "";
        this.frame.hidden = true;
      }
    },

    describe: function () {
      var names = this.names;
      var lang = document.documentElement.lang || "fr";
      var style = getComputedStyle(this.el[0]);
      var euros = new Intl.NumberFormat(lang, { style: "currency", currency: "EUR" });
      var round = new Intl.NumberFormat(lang, { notation: "compact" });
      var font = { family: style.fontFamily, size: 14 };
      var role = function (name) {
        return style.getPropertyValue("--odlocale-" + name).trim();
      };
      return {
        type: "bar",
        data: {
          labels: names,
          datasets: [{
            data: this.amounts,
            backgroundColor: role("action"),
            maxBarThickness: BAR / 2,
          }],
        },
        options: {
          animation: false,
          color: role("text"),
          indexAxis: "y",
          locale: lang,
          maintainAspectRatio: false,
          plugins: {
            legend: { display: false },
            tooltip: {
              bodyFont: font,
              displayColors: false,
              titleFont: font,
              callbacks: {
                title: function (items) { return shorten(names[items[0].dataIndex], 60); },
                label: function (item) { return euros.format(item.parsed.x); },
              },
            },
          },
          scales: {
            x: {
              grid: { color: role("line") },
              ticks: {
                color: role("secondary"),
                font: font,
                maxRotation: 0,
                maxTicksLimit: 5,
                callback: function (value) { return round.format(value); },
              },
            },
            y: {
              grid: { display: false },
              ticks: {
                autoSkip: false,
                color: role("text"),
                font: font,
                callback: function (index) {
                  // Half of the width is for the bars.
                  return fold(names[index], Math.floor(this.chart.width / 2 / LETTER));
                },
              },
            },
          },
        },
      };
    },
  };
});
