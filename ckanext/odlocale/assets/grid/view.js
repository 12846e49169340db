/*
 * Draws the grid: only the rows in sight, since a table may hold two thousand.
 *
 * One cell is in the tab order, the active one. Its help and what was found in it are
 * in the panel that describes it.
 */
(function (grid) {
  "use strict";

  var ROW_HEIGHT = 36;
  var MARGIN = 12;
  var SEVERITIES = ["blocks", "personal", "confirm", "correction", "know"];

  function make(tag, attributes, text) {
    var element = document.createElement(tag);
    Object.keys(attributes || {}).forEach(function (name) {
      element.setAttribute(name, attributes[name]);
    });
    if (text !== undefined) {
      element.textContent = text;
    }
    return element;
  }

  /* options: sheet, words, label, help (id of what describes a cell) */
  function View(root, options) {
    this.sheet = options.sheet;
    this.words = options.words;
    this.options = options;
    this.at = { row: 0, column: 0 };
    this.anchor = null;
    this.showAll = false;
    this.box = make("div", { class: "odl-grid__box" });
    this.table = make("table", {
      role: "grid",
      class: "odl-grid__table",
      "aria-label": options.label,
      "aria-describedby": options.leave,
      "aria-multiselectable": "true",
    });
    this.head = this.table.appendChild(make("thead"));
    this.body = this.table.appendChild(make("tbody"));
    this.box.appendChild(this.table);
    root.appendChild(this.box);
    this.onScroll = this.onScroll.bind(this);
    this.box.addEventListener("scroll", this.onScroll);
    this.drawHead();
    this.draw();
  }

  View.prototype = {
    /* Columns that are shown: the required ones, and those that hold something. */
    columns: function () {
      var sheet = this.sheet;
      var all = this.showAll || !sheet.columns.some(function (one) { return one.required; });
      return sheet.columns.filter(function (one) {
        return all || one.required || sheet.rows.some(function (row) { return row.cells[one.name]; });
      });
    },

    drawHead: function () {
      this.shown = this.columns();
      var line = make("tr", { role: "row", "aria-rowindex": "1" });
      line.appendChild(make("th", { role: "columnheader", scope: "col", "aria-colindex": "1", class: "odl-grid__number" }, this.words.row));
      this.shown.forEach(function (column, index) {
        var cell = make("th", { role: "columnheader", scope: "col", "aria-colindex": String(index + 2) }, column.title);
        if (column.required) {
          cell.appendChild(make("span", { class: "odl-grid__required" }, " " + this.words.required));
        }
        line.appendChild(cell);
      }, this);
      this.head.replaceChildren(line);
      this.table.setAttribute("aria-colcount", String(this.shown.length + 1));
      this.at.column = Math.min(this.at.column, this.shown.length - 1);
    },

    onScroll: function () {
      var first = this.firstInSight();
      if (first !== this.first && !this.editing()) {
        this.draw();
      }
    },

    firstInSight: function () {
      return Math.max(0, Math.floor(this.box.scrollTop / ROW_HEIGHT) - MARGIN);
    },

    editing: function () {
      return Boolean(this.body.querySelector(".odl-grid__editor"));
    },

    draw: function () {
      if (this.composing) {
        return;
      }
      var total = this.sheet.rows.length;
      var hadFocus = this.table.contains(document.activeElement);
      this.at.row = Math.min(this.at.row, total - 1);
      this.first = this.firstInSight();
      var height = Math.ceil((this.box.clientHeight || 480) / ROW_HEIGHT);
      var last = Math.min(total, this.first + height + 2 * MARGIN);
      // The active row stays in the page, where the focus is.
      var from = Math.min(this.first, this.at.row);
      var to = Math.max(last, this.at.row + 1);
      if (to - from > height + 6 * MARGIN) {
        from = this.first;
        to = last;
      }
      var lines = document.createDocumentFragment();
      lines.appendChild(this.drawSpace(from));
      for (var index = from; index < to; index += 1) {
        lines.appendChild(this.drawRow(index));
      }
      lines.appendChild(this.drawSpace(total - to));
      // The focus that drawing takes away is given back: nobody left the table.
      this.drawing = true;
      this.body.replaceChildren(lines);
      this.table.setAttribute("aria-rowcount", String(total + 1));
      this.mark();
      if (hadFocus) {
        this.focus();
      }
      this.drawing = false;
    },

    drawSpace: function (rows) {
      var space = make("tr", { "aria-hidden": "true", class: "odl-grid__space" });
      space.style.height = rows * ROW_HEIGHT + "px";
      return space;
    },

    drawRow: function (index) {
      var row = this.sheet.rows[index];
      var line = make("tr", { role: "row", "aria-rowindex": String(index + 2), "data-row": row.id });
      line.appendChild(make("th", { role: "rowheader", scope: "row", "aria-colindex": "1", class: "odl-grid__number" }, String(index + 1)));
      this.shown.forEach(function (column, place) {
        line.appendChild(this.drawCell(index, place));
      }, this);
      return line;
    },

    drawCell: function (index, place) {
      var cell = make("td", { role: "gridcell", tabindex: "-1", "aria-colindex": String(place + 2), "data-place": String(place) });
      this.fillCell(cell, index, place);
      return cell;
    },

    fillCell: function (cell, index, place) {
      var column = this.shown[place];
      var found = this.sheet.foundIn(index, column.name, this.at.row);
      var worst = SEVERITIES.find(function (one) {
        return found.some(function (each) { return each.severity === one; });
      });
      cell.textContent = this.sheet.value(index, column.name);
      cell.className = (column.kind === "number" ? "odl-grid__figure" : "") + (worst ? " odl-grid__found odl-grid__found--" + worst : "");
      if (worst) {
        cell.setAttribute("aria-invalid", "true");
      } else {
        cell.removeAttribute("aria-invalid");
      }
    },

    cellAt: function (index, place) {
      var row = this.sheet.rows[index];
      var line = row && this.body.querySelector('tr[data-row="' + row.id + '"]');
      return line ? line.children[place + 1] : null;
    },

    /* Where a cell of the page is, or nothing. */
    placeOf: function (element) {
      var cell = element.closest("td[role=gridcell]");
      if (!cell) {
        return null;
      }
      return {
        row: this.sheet.indexOf(cell.parentNode.getAttribute("data-row")),
        column: Number(cell.getAttribute("data-place")),
      };
    },

    refreshRow: function (index) {
      this.shown.forEach(function (column, place) {
        var cell = this.cellAt(index, place);
        if (cell && cell !== this.composing && !cell.querySelector(".odl-grid__editor")) {
          this.fillCell(cell, index, place);
        }
      }, this);
    },

    /* The rectangle that is selected: at least the active cell. */
    selection: function () {
      var other = this.anchor || this.at;
      return {
        top: Math.min(this.at.row, other.row),
        bottom: Math.max(this.at.row, other.row),
        left: Math.min(this.at.column, other.column),
        right: Math.max(this.at.column, other.column),
      };
    },

    mark: function () {
      var chosen = this.selection();
      var several = this.anchor !== null;
      Array.prototype.forEach.call(this.body.querySelectorAll("td[role=gridcell]"), function (cell) {
        var index = this.sheet.indexOf(cell.parentNode.getAttribute("data-row"));
        var place = Number(cell.getAttribute("data-place"));
        var active = index === this.at.row && place === this.at.column;
        var inside = several && index >= chosen.top && index <= chosen.bottom && place >= chosen.left && place <= chosen.right;
        cell.setAttribute("tabindex", active ? "0" : "-1");
        this.welcome(cell, active);
        cell.classList.toggle("odl-grid__active", active);
        cell.classList.toggle("odl-grid__chosen", inside);
        cell.setAttribute("aria-selected", inside || active ? "true" : "false");
        if (active) {
          cell.setAttribute("aria-describedby", this.options.help);
        } else {
          cell.removeAttribute("aria-describedby");
        }
      }, this);
    },

    /*
     * The active cell takes texts that come without a key (dictation, a menu of signs,
     * another writing): the browser gives them to what is editable only.
     */
    welcome: function (cell, active) {
      if (active && !cell.querySelector(".odl-grid__editor")) {
        cell.setAttribute("contenteditable", "true");
        cell.setAttribute("spellcheck", "false");
      } else {
        cell.removeAttribute("contenteditable");
      }
    },

    /* Make a cell the active one, in sight. */
    go: function (row, column, extend) {
      var last = this.sheet.rows.length - 1;
      if (extend) {
        this.anchor = this.anchor || { row: this.at.row, column: this.at.column };
      } else {
        this.anchor = null;
      }
      var left = this.at.row;
      this.at = {
        row: Math.max(0, Math.min(row, last)),
        column: Math.max(0, Math.min(column, this.shown.length - 1)),
      };
      this.scrollTo(this.at.row);
      if (!this.cellAt(this.at.row, this.at.column)) {
        this.draw();
      }
      if (left !== this.at.row) {
        this.refreshRow(left);
        this.refreshRow(this.at.row);
      }
      this.mark();
    },

    scrollTo: function (row) {
      var top = row * ROW_HEIGHT;
      var room = this.box.clientHeight - this.head.offsetHeight - ROW_HEIGHT;
      if (top < this.box.scrollTop) {
        this.box.scrollTop = top;
      } else if (top > this.box.scrollTop + room) {
        this.box.scrollTop = top - room;
      }
    },

    focus: function () {
      var cell = this.cellAt(this.at.row, this.at.column);
      if (cell) {
        cell.focus({ preventScroll: true });
        this.showColumn(cell);
      }
    },

    /* The frozen columns must not hide the active cell. */
    showColumn: function (cell) {
      var frozen = this.head.querySelectorAll("th");
      var hidden = frozen[0].offsetWidth + (this.at.column > 0 && frozen[1] ? frozen[1].offsetWidth : 0);
      if (this.box.clientWidth < 2 * hidden) {
        hidden = frozen[0].offsetWidth;
      }
      if (this.at.column > 0 && cell.offsetLeft - this.box.scrollLeft < hidden) {
        this.box.scrollLeft = cell.offsetLeft - hidden;
      } else if (cell.offsetLeft + cell.offsetWidth > this.box.scrollLeft + this.box.clientWidth) {
        this.box.scrollLeft = cell.offsetLeft + cell.offsetWidth - this.box.clientWidth;
      }
    },
  };

  grid.make = make;
  grid.View = View;
})((this.odlocaleGrid = this.odlocaleGrid || {}));
