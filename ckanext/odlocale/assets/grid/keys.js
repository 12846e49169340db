/*
 * What the keys do in the grid. `hand` is what acts: see modules/grid.js.
 *
 * Escape, then Tab, leaves the grid. There is no shortcut of a single letter.
 */
(function (grid) {
  "use strict";

  var PAGE = 10;
  var ARROWS = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] };

  function Keys(hand) {
    this.hand = hand;
    this.leaving = false;
  }

  Keys.prototype = {
    /* Returns whether the key was for the grid. */
    press: function (event) {
      // A text being composed in a cell has the keys: see insertion.js.
      if (this.hand.view.composing) {
        return false;
      }
      var done = this.hand.editor ? this.whileTyping(event) : this.whileMoving(event);
      if (done) {
        event.preventDefault();
        event.stopPropagation();
      }
      return done;
    },

    whileTyping: function (event) {
      var hand = this.hand;
      if (event.isComposing) {
        return false;
      }
      if (event.altKey && event.key === "ArrowDown") {
        hand.editor.open();
        return true;
      }
      if (event.key === "Escape") {
        hand.cancel();
        return true;
      }
      if (event.key === "Enter" || event.key === "Tab") {
        hand.commit();
        this.step(event);
        return true;
      }
      if (hand.editor.field.tagName === "SELECT" && event.key.length === 1 && !event.ctrlKey && !event.altKey && !event.metaKey) {
        hand.editor.type(event.key);
        return true;
      }
      if (event.ctrlKey && event.key === ";") {
        hand.editor.field.value = hand.today();
        return true;
      }
      return false;
    },

    step: function (event) {
      var by = event.shiftKey ? -1 : 1;
      var at = this.hand.view.at;
      if (event.key === "Enter") {
        this.hand.move(at.row + by, at.column);
        return;
      }
      var column = at.column + by;
      var last = this.hand.view.shown.length - 1;
      if (column < 0) {
        this.hand.move(at.row - 1, at.row > 0 ? last : 0);
      } else if (column > last) {
        this.hand.move(at.row + 1, 0);
      } else {
        this.hand.move(at.row, column);
      }
    },

    whileMoving: function (event) {
      var hand = this.hand;
      var leaving = this.leaving;
      var key = event.key;
      // A key held with it is no answer yet.
      if (["Shift", "Control", "Alt", "Meta"].indexOf(key) >= 0) {
        return false;
      }
      this.leaving = false;
      if (key === "Escape") {
        this.leaving = true;
        hand.view.anchor = null;
        hand.view.mark();
        hand.say(hand.words.leaving);
        return true;
      }
      if (key === "Tab") {
        if (leaving) {
          return false;
        }
        this.step(event);
        return true;
      }
      if (event.ctrlKey || event.metaKey) {
        return this.withControl(event);
      }
      if (event.altKey) {
        if (key === "ArrowDown") {
          hand.edit();
          hand.editor.open();
          return true;
        }
        return false;
      }
      return this.alone(event);
    },

    withControl: function (event) {
      var hand = this.hand;
      var last = hand.view.shown.length - 1;
      switch (event.key.toLowerCase()) {
        case "home":
          hand.move(0, 0, event.shiftKey);
          return true;
        case "end":
          hand.move(Math.max(0, hand.sheet.size() - 1), last, event.shiftKey);
          return true;
        case "z":
          hand.undo(event.shiftKey);
          return true;
        case "y":
          hand.undo(true);
          return true;
        case "d":
          hand.copyAbove();
          return true;
        case ";":
          hand.fill(hand.today());
          return true;
        default:
          // Copy, cut and paste come as events of their own.
          return false;
      }
    },

    alone: function (event) {
      var hand = this.hand;
      var at = hand.view.at;
      var key = event.key;
      if (ARROWS[key]) {
        hand.move(at.row + ARROWS[key][0], at.column + ARROWS[key][1], event.shiftKey);
        return true;
      }
      switch (key) {
        case "Home":
          hand.move(at.row, 0, event.shiftKey);
          return true;
        case "End":
          hand.move(at.row, hand.view.shown.length - 1, event.shiftKey);
          return true;
        case "PageUp":
          hand.move(at.row - PAGE, at.column, event.shiftKey);
          return true;
        case "PageDown":
          hand.move(at.row + PAGE, at.column, event.shiftKey);
          return true;
        case "Enter":
          this.step(event);
          return true;
        case "F2":
          hand.edit();
          return true;
        case "F8":
          hand.nextFinding();
          return true;
        case "ContextMenu":
          hand.openMenu();
          return true;
        case "F10":
          if (event.shiftKey) {
            hand.openMenu();
          }
          return event.shiftKey;
        case "Delete":
        case "Backspace":
          hand.fill("");
          return true;
        default:
          return this.begin(event);
      }
    },

    /* A sign typed on a cell replaces it; a dead key begins an accented letter. */
    begin: function (event) {
      if (event.key.length !== 1 && event.key !== "Dead" && event.key !== "Process") {
        return false;
      }
      this.hand.edit(event.key);
      // In a list the letter was the choice; in a field the browser writes it.
      return this.hand.editor.field.tagName === "SELECT";
    },
  };

  grid.Keys = Keys;
})((this.odlocaleGrid = this.odlocaleGrid || {}));
