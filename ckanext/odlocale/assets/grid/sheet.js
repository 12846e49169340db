/*
 * The rows of a grid as the page holds them: no drawing, no network.
 *
 * A row that nobody has typed in yet is blank: it is shown, and is not on the server.
 * What is done can be undone: an action is a list of cells, of rows added, of rows
 * taken out.
 */
(function (grid) {
  "use strict";

  /* Rows that an empty table shows, and blank ones that stay after the last. */
  var SHOWN = 10;

  function Sheet(data, client) {
    this.columns = data.columns;
    this.version = data.version;
    this.client = client;
    this.count = 0;
    this.rows = [];
    this.findings = {};
    this.done = [];
    this.undone = [];
    data.rows.forEach(function (row) {
      this.rows.push({ id: row.id, position: row.position, cells: row.cells, saved: true });
    }, this);
    this.pad();
  }

  Sheet.prototype = {
    /* Keep blank rows at the end, so that one can always type below. */
    pad: function () {
      var filled = this.size();
      var wanted = Math.max(SHOWN, filled + 1);
      while (this.rows.length < wanted) {
        this.rows.push(this.blank());
      }
    },

    blank: function () {
      this.count += 1;
      return { id: this.client + "-" + this.count, cells: {}, saved: false, position: null };
    },

    /* How many rows there are up to the last that is on the server. */
    size: function () {
      var last = this.rows.length;
      while (last && !this.rows[last - 1].saved) {
        last -= 1;
      }
      return last;
    },

    indexOf: function (id) {
      return this.rows.findIndex(function (row) { return row.id === id; });
    },

    find: function (id) {
      return this.rows[this.indexOf(id)];
    },

    value: function (index, field) {
      return this.rows[index] ? this.rows[index].cells[field] || "" : "";
    },

    /* Make the rows up to one of them real; returns those that were not. */
    fix: function (index) {
      while (this.rows.length <= index) {
        this.rows.push(this.blank());
      }
      var added = this.rows.slice(this.size(), index + 1);
      added.forEach(function (row) { row.saved = true; });
      this.pad();
      return added.map(function (row) { return row.id; });
    },

    /* Write cells; returns those that changed, with what they held. */
    write: function (cells) {
      return cells.reduce(function (changed, cell) {
        var row = this.find(cell.row);
        var before = row ? row.cells[cell.field] || "" : "";
        if (row && before !== cell.value) {
          this.put(row, cell.field, cell.value);
          changed.push({ row: cell.row, field: cell.field, before: before, value: cell.value });
        }
        return changed;
      }.bind(this), []);
    },

    put: function (row, field, value) {
      if (value) {
        row.cells[field] = value;
      } else {
        delete row.cells[field];
      }
    },

    /* Take rows out of the page. Returns them with their places. */
    takeOut: function (ids) {
      var taken = [];
      ids.forEach(function (id) {
        var index = this.indexOf(id);
        if (index >= 0) {
          taken.push({ index: index, row: this.rows[index] });
          this.rows.splice(index, 1);
        }
      }, this);
      this.pad();
      return taken;
    },

    putBack: function (taken) {
      taken.slice().reverse().forEach(function (one) {
        this.rows.splice(Math.min(one.index, this.rows.length), 0, one.row);
      }, this);
    },

    /* Note an action that can be undone. */
    remember: function (action) {
      this.done.push(action);
      this.undone = [];
    },

    /*
     * Take what the server holds, but for what still waits to be sent: cells, and rows
     * to take out. Returns whether anything on the screen changed.
     */
    learn: function (answer, waits, removes) {
      var changed = false;
      // What was asked before, and answered after, a newer one is no news.
      if (answer.version < this.version) {
        return changed;
      }
      answer.rows.forEach(function (seen) {
        var row = this.find(seen.id);
        if (removes(seen.id)) {
          return;
        }
        if (seen.removed) {
          if (row && !waits(seen.id)) {
            this.rows.splice(this.indexOf(seen.id), 1);
            changed = true;
          }
          return;
        }
        if (!row) {
          row = { id: seen.id, cells: {}, saved: true, position: seen.position };
          this.rows.splice(this.size(), 0, row);
          changed = true;
        }
        row.saved = true;
        changed = row.position !== seen.position || changed;
        row.position = seen.position;
        this.columns.forEach(function (column) {
          var value = seen.cells[column.name] || "";
          if (!waits(seen.id, column.name) && (row.cells[column.name] || "") !== value) {
            this.put(row, column.name, value);
            changed = true;
          }
        }, this);
      }, this);
      this.version = answer.version;
      if (changed) {
        this.sort();
      }
      this.pad();
      return changed;
    },

    /* In the server's order; rows that it has not placed yet keep their own. */
    sort: function () {
      var last = -1;
      this.rows.forEach(function (row, index) {
        last = row.position === null ? last : row.position;
        row.rank = [row.position === null ? last + 0.5 : row.position, index];
      });
      this.rows.sort(function (one, other) {
        return one.rank[0] - other.rank[0] || one.rank[1] - other.rank[1];
      });
    },

    setFindings: function (answer) {
      answer.checked.forEach(function (id) { delete this.findings[id]; }, this);
      answer.findings.forEach(function (one) {
        var row = (this.findings[one.row] = this.findings[one.row] || {});
        (row[one.field] = row[one.field] || []).push(one);
      }, this);
    },

    /* What is said of a cell. A row being typed in is not told what it lacks. */
    foundIn: function (index, field, activeIndex) {
      var row = this.rows[index];
      var found = (row && this.findings[row.id] && this.findings[row.id][field]) || [];
      return found.filter(function (one) {
        return one.code !== "required.empty" || index !== activeIndex;
      });
    },

    countFindings: function () {
      return Object.keys(this.findings).reduce(function (sum, id) {
        return sum + Object.keys(this.findings[id]).length;
      }.bind(this), 0);
    },
  };

  grid.Sheet = Sheet;
})((this.odlocaleGrid = this.odlocaleGrid || {}));
