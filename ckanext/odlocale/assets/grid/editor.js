/*
 * One cell being typed in: a field, a list, or the browser's calendar.
 */
(function (grid) {
  "use strict";

  /* Letters that follow one another within this time are one word. */
  var SAME_WORD_MS = 1000;

  /* options: cell, column, value, label, help, empty (word for no value) */
  function Editor(options) {
    this.options = options;
    this.before = options.value;
    this.field = options.column.kind === "list" ? this.makeList() : this.makeText("text");
    this.show(this.field);
  }

  Editor.prototype = {
    show: function (field) {
      field.className = "odl-grid__editor";
      field.setAttribute("aria-label", this.options.label);
      field.setAttribute("aria-describedby", this.options.help);
      // Taking the former field away must not pass for leaving the cell.
      this.changing = true;
      this.options.cell.replaceChildren(field);
      this.field = field;
      field.focus({ preventScroll: true });
      this.changing = false;
    },

    makeText: function (type) {
      var field = grid.make("input", { type: type, autocomplete: "off", spellcheck: "true" });
      if (this.options.column.kind === "number") {
        field.setAttribute("inputmode", "decimal");
      }
      field.value = this.options.value;
      return field;
    },

    makeList: function () {
      var list = grid.make("select", {});
      var value = this.options.value;
      var choices = [""].concat(this.options.column.choices);
      if (choices.indexOf(value) < 0) {
        choices.push(value);
      }
      choices.forEach(function (one) {
        var option = grid.make("option", { value: one }, one || this.options.empty);
        option.selected = one === value;
        list.appendChild(option);
      }, this);
      return list;
    },

    /* What is typed first replaces the cell; letters choose in a list. */
    type: function (key) {
      if (this.field.tagName !== "SELECT") {
        this.field.value = "";
        return;
      }
      var now = Date.now();
      this.typed = (now - this.typedAt < SAME_WORD_MS ? this.typed : "") + key;
      this.typedAt = now;
      var start = this.typed.toLocaleLowerCase();
      var found = this.options.column.choices.find(function (one) {
        return one.toLocaleLowerCase().indexOf(start) === 0;
      });
      if (found !== undefined) {
        this.field.value = found;
      }
    },

    /* A text that came at once, without a key: dictated, or chosen in a menu. */
    insert: function (text) {
      this.type(text);
      if (this.field.tagName !== "SELECT") {
        this.field.value = text;
      }
    },

    selectAll: function () {
      if (this.field.select) {
        this.field.select();
      }
    },

    /* Open the list, or the calendar where the column is a date. */
    open: function () {
      if (this.options.column.kind === "date" && this.field.type !== "date") {
        var typed = this.field.value;
        var calendar = this.makeText("date");
        // A calendar shows nothing of what is no date: it is then left as a text.
        calendar.value = typed;
        if (typed && calendar.value !== typed) {
          return;
        }
        this.show(calendar);
      }
      if (this.field.showPicker) {
        try {
          this.field.showPicker();
        } catch (error) {
          // Without a gesture of the user the browser refuses: the field stays.
        }
      }
    },

    value: function () {
      return this.field.value.trim();
    },
  };

  grid.Editor = Editor;
})((this.odlocaleGrid = this.odlocaleGrid || {}));
