/*
 * Texts that come to a cell that is not open, without a key: dictated, chosen in a menu
 * of signs, written by an input method. The cell opens with them.
 *
 * Keys are for keys.js, which opens the cell before the browser writes.
 */
(function (grid) {
  "use strict";

  function Insertion(view, hand) {
    this.view = view;
    this.hand = hand;
    var table = view.table;
    table.addEventListener("beforeinput", this.onInput.bind(this));
    table.addEventListener("compositionstart", this.onStart.bind(this));
    table.addEventListener("compositionend", this.onEnd.bind(this));
  }

  Insertion.prototype = {
    /* Nothing is ever written in a cell that is not open, but a text being composed. */
    onInput: function (event) {
      if (this.hand.editor) {
        return;
      }
      if (event.isComposing || this.view.composing) {
        return;
      }
      event.preventDefault();
      var text = event.data || (event.dataTransfer ? event.dataTransfer.getData("text/plain") : "");
      if (/^insert/.test(event.inputType) && text) {
        this.hand.insert(text.replace(/\s+/g, " "));
      }
    },

    /* What is composed cannot be moved elsewhere before its end: the cell is left alone. */
    onStart: function (event) {
      if (!this.hand.editor) {
        this.view.composing = event.target.closest("td[role=gridcell]");
        this.target = { row: this.hand.row().id, field: this.hand.column().name };
      }
    },

    onEnd: function (event) {
      var target = this.target;
      if (!this.view.composing) {
        return;
      }
      this.view.composing = null;
      this.view.draw();
      if (!event.data) {
        return;
      }
      if (this.hand.row().id === target.row && this.hand.column().name === target.field) {
        this.hand.insert(event.data);
      } else {
        // A click elsewhere ended it: it stays where it was begun.
        this.hand.change([{ row: target.row, field: target.field, value: event.data }]);
      }
    },
  };

  grid.Insertion = Insertion;
})((this.odlocaleGrid = this.odlocaleGrid || {}));
