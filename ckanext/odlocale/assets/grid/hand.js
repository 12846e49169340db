/*
 * What one does in the grid: move, type, paste, undo. Joins the rows, their drawing
 * and what sends them.
 */
(function (grid) {
  "use strict";

  /* options: sheet, view, queue, words, say(text, undoable), describe(), onCheck(ids) */
  function Hand(options) {
    Object.assign(this, options);
    this.editor = null;
  }

  Hand.prototype = {
    column: function () {
      return this.view.shown[this.view.at.column];
    },

    row: function () {
      return this.sheet.rows[this.view.at.row];
    },

    move: function (row, column, extend) {
      var left = this.row();
      this.view.go(row, column, extend);
      this.view.focus();
      this.describe();
      if (left !== this.row()) {
        this.onLeave(left);
      }
    },

    /* Type in the active cell. `key`: the sign that replaces what it holds. */
    edit: function (key) {
      var at = this.view.at;
      var cell = this.view.cellAt(at.row, at.column);
      var column = this.column();
      if (!cell || this.editor) {
        return;
      }
      this.view.welcome(cell, false);
      this.target = { row: this.row().id, field: column.name };
      this.editor = new grid.Editor({
        cell: cell,
        column: column,
        value: this.sheet.value(at.row, column.name),
        label: this.words.cell.replace("{column}", column.title).replace("{row}", at.row + 1),
        help: this.view.options.help,
        empty: this.words.nothing,
      });
      if (key) {
        this.editor.type(key);
      } else {
        this.editor.selectAll();
      }
    },

    /* A text that came without a key begins the cell, as a key does. */
    insert: function (text) {
      this.edit(text);
      if (this.editor) {
        this.editor.insert(text);
      }
    },

    commit: function (keepFocus) {
      var editor = this.editor;
      if (!editor) {
        return;
      }
      var value = editor.value();
      this.close();
      if (value !== editor.before) {
        this.change([{ row: this.target.row, field: this.target.field, value: value }]);
      }
      if (!keepFocus) {
        this.view.focus();
      }
    },

    cancel: function () {
      this.close();
      this.view.focus();
    },

    close: function () {
      var editor = this.editor;
      this.editor = null;
      if (editor) {
        editor.options.cell.replaceChildren();
        this.view.refreshRow(this.sheet.indexOf(this.target.row));
        this.view.welcome(editor.options.cell, editor.options.cell.tabIndex === 0);
      }
      if (this.stale) {
        this.stale = false;
        this.view.draw();
      }
    },

    /* Change cells, and remember it. */
    change: function (cells, more) {
      var last = Math.max.apply(null, cells.map(function (one) { return this.sheet.indexOf(one.row); }, this));
      var added = this.sheet.fix(last);
      if (added.length) {
        this.queue.rows({ add: added.map(function (id) { return { id: id }; }) });
      }
      var changed = this.sheet.write(cells);
      if (changed.length) {
        this.queue.save(changed);
      }
      this.sheet.remember(Object.assign({ cells: changed, added: [], taken: [] }, more));
      this.touch(changed);
      return added;
    },

    touch: function (changed) {
      var rows = Array.from(new Set(changed.map(function (one) { return one.row; })));
      this.onCheck(rows);
      if (this.view.columns().length !== this.view.shown.length) {
        this.keepColumn(this.view.drawHead.bind(this.view));
      }
      this.view.draw();
      this.describe();
    },

    /* The same column stays active when others come before it. */
    keepColumn: function (act) {
      var name = this.column() && this.column().name;
      act();
      var place = this.view.shown.findIndex(function (one) { return one.name === name; });
      this.view.at.column = Math.max(0, place);
      this.view.anchor = null;
      this.view.draw();
    },

    /* Every selected cell gets one value. */
    fill: function (value) {
      this.change(this.chosen().map(function (one) {
        return { row: one.row, field: one.field, value: value };
      }));
    },

    chosen: function () {
      var area = this.view.selection();
      var cells = [];
      for (var row = area.top; row <= area.bottom; row += 1) {
        for (var place = area.left; place <= area.right; place += 1) {
          cells.push({ row: this.sheet.rows[row].id, field: this.view.shown[place].name, index: row });
        }
      }
      return cells;
    },

    copyAbove: function () {
      var area = this.view.selection();
      var source = area.top === area.bottom ? area.top - 1 : area.top;
      if (source < 0) {
        return;
      }
      this.change(this.chosen().map(function (one) {
        return { row: one.row, field: one.field, value: this.sheet.value(source, one.field) };
      }, this));
    },

    today: function () {
      var now = new Date();
      return [now.getFullYear(), now.getMonth() + 1, now.getDate()]
        .map(function (part) { return String(part).padStart(2, "0"); })
        .join("-");
    },

    /* What Ctrl+C puts in the clipboard: what a spreadsheet reads. */
    copied: function () {
      var area = this.view.selection();
      var lines = [];
      for (var row = area.top; row <= area.bottom; row += 1) {
        lines.push(this.view.shown.slice(area.left, area.right + 1).map(function (column) {
          var text = this.sheet.value(row, column.name);
          return /["\t\n]/.test(text) ? '"' + text.replace(/"/g, '""') + '"' : text;
        }, this).join("\t"));
      }
      return lines.join("\n");
    },

    /* Put what was read of the clipboard in the table, from the active cell on. */
    place: function (read, from) {
      var start = this.sheet.indexOf(from.row);
      var before = this.sheet.size();
      this.grow(start + read.rows.length);
      var cells = [];
      read.rows.forEach(function (row, at) {
        Object.keys(row).forEach(function (field) {
          cells.push({ row: this.sheet.rows[start + at].id, field: field, value: row[field] });
        }, this);
      }, this);
      var added = this.change(cells);
      var action = this.sheet.done[this.sheet.done.length - 1];
      // Rows that were there, though blank, are not taken away by undoing.
      action.added = added.filter(function (id) { return this.sheet.indexOf(id) >= before; }, this);
      this.say(read.said, true);
    },

    grow: function (size) {
      while (this.sheet.rows.length < size) {
        this.sheet.rows.push(this.sheet.blank());
      }
    },

    undo: function (again) {
      var from = again ? this.sheet.undone : this.sheet.done;
      var to = again ? this.sheet.done : this.sheet.undone;
      var action = from.pop();
      if (!action) {
        this.say(again ? this.words.nothing_again : this.words.nothing_undone);
        return;
      }
      to.push(action);
      if (again) {
        this.replay(action);
      } else {
        this.takeBack(action);
      }
      this.say(again ? this.words.redone : this.words.undone);
      this.touch(action.cells);
      this.view.focus();
    },

    takeBack: function (action) {
      this.rewrite(action.cells, "before");
      if (action.added.length) {
        action.back = this.sheet.takeOut(action.added);
        this.queue.rows({ remove: action.added });
      }
      this.bring(action.taken);
    },

    replay: function (action) {
      this.bring(action.back || []);
      this.rewrite(action.cells, "value");
      if (action.taken.length) {
        this.remove(action.taken);
      }
    },

    rewrite: function (cells, which) {
      var changed = this.sheet.write(cells.map(function (one) {
        return { row: one.row, field: one.field, value: one[which] };
      }));
      if (changed.length) {
        this.queue.save(changed);
      }
    },

    bring: function (taken) {
      if (taken.length) {
        this.sheet.putBack(taken);
        this.queue.rows({ restore: taken.map(function (one) { return one.row.id; }) });
      }
    },

    remove: function (taken) {
      var ids = taken.map(function (one) { return one.row.id; });
      this.sheet.takeOut(ids);
      this.queue.rows({ remove: ids });
    },

    /* Take the selected rows out of the table. */
    takeOut: function () {
      var area = this.view.selection();
      var taken = this.sheet.rows.slice(area.top, area.bottom + 1)
        .map(function (row, at) { return { row: row, index: area.top + at }; })
        .filter(function (one) { return one.row.saved; });
      if (taken.length) {
        this.remove(taken);
        this.sheet.remember({ cells: [], added: [], taken: taken });
        this.say(this.words.taken_out, true);
      }
      this.view.anchor = null;
      this.touch([]);
      this.view.focus();
    },

    insertAbove: function () {
      var at = this.view.at.row;
      var next = this.sheet.rows[at];
      if (next.saved) {
        var row = this.sheet.blank();
        row.saved = true;
        this.sheet.rows.splice(at, 0, row);
        this.queue.rows({ add: [{ id: row.id }], before: next.id });
        this.sheet.remember({ cells: [], added: [row.id], taken: [] });
      }
      this.touch([]);
      this.view.focus();
    },

    nextFinding: function () {
      var width = this.view.shown.length;
      var total = this.sheet.rows.length * width;
      var start = this.view.at.row * width + this.view.at.column;
      for (var step = 1; step <= total; step += 1) {
        var at = (start + step) % total;
        var row = Math.floor(at / width);
        if (this.sheet.foundIn(row, this.view.shown[at % width].name, -1).length) {
          this.move(row, at % width);
          return;
        }
      }
      this.say(this.words.no_finding);
    },

    openMenu: function () {
      this.menu.open(this.view.cellAt(this.view.at.row, this.view.at.column));
    },
  };

  grid.Hand = Hand;
})((this.odlocaleGrid = this.odlocaleGrid || {}));
