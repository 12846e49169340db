/*
 * Filters the lines of the matrix as one types a name; Enter asks the server.
 *
 * Example
 *
 *   <input data-matrix-filter>  <p data-matrix-count data-one="…" data-many="…">…</p>
 *   <div data-module="odlocale-matrix"><table>…</table></div>
 */
this.ckan.module("odlocale-matrix", function ($) {
  "use strict";

  /* Time without a key after which lines are counted, in milliseconds. */
  var PAUSE = 120;

  function fold(text) {
    return text.normalize("NFD").replace(/[\u0300-\u036f]/g, "").toLowerCase();
  }

  return {
    initialize: function () {
      this.field = document.querySelector("[data-matrix-filter]");
      this.count = document.querySelector("[data-matrix-count]");
      this.body = this.el[0].querySelector("tbody");
      if (!this.field || !this.body) { return; }
      this.lines = Array.from(this.body.rows, function (row) {
        return { row: row, name: fold(row.cells[0].textContent) };
      });
      this.onInput = this.wait.bind(this);
      this.field.addEventListener("input", this.onInput);
      // What was typed before this began, or is there again as one comes back.
      if (this.field.value !== this.field.defaultValue) { this.filter(); }
    },

    teardown: function () {
      if (this.onInput) { this.field.removeEventListener("input", this.onInput); }
      clearTimeout(this.timer);
    },

    wait: function () {
      clearTimeout(this.timer);
      this.timer = setTimeout(this.filter.bind(this), PAUSE);
    },

    filter: function () {
      var sought = fold(this.field.value.trim()), shown = 0;
      this.lines.forEach(function (line) {
        var fits = line.name.indexOf(sought) >= 0;
        shown += fits ? 1 : 0;
        if (line.row.hidden === fits) { line.row.hidden = !fits; }
      });
      if (this.count) {
        var said = shown > 1 ? this.count.dataset.many : this.count.dataset.one;
        var lang = document.documentElement.lang || "fr";
        this.count.textContent = said.replace("{count}", shown.toLocaleString(lang));
      }
    },
  };
});
