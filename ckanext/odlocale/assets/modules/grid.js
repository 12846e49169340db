/*
 * A table filled in online, as a grid. Without it the page has its rows and their
 * forms; on a narrow screen it leads to them.
 *
 * data - id of the script that holds the rows, the columns and the words
 *
 * Example
 *
 *   <div data-module="odlocale-grid" data-module-data="odl-grid-data" hidden>…</div>
 */
this.ckan.module("odlocale-grid", function ($) {
  "use strict";
  var grid = window.odlocaleGrid;
  var NARROW = "(max-width: 640px)";
  var LOOK_MS = 20000;

  return {
    options: { data: "" },

    initialize: function () {
      var data = JSON.parse(document.getElementById(this.options.data).textContent);
      if (window.matchMedia(NARROW).matches) {
        if (!data.whole) {
          window.location.replace(data.row_by_row);
        }
        return;
      }
      this.root = this.el[0];
      this.words = data.words;
      this.data = data;
      this.part = function (name) { return this.root.querySelector("[data-grid=" + name + "]"); };
      document.getElementById("odl-grid-plain").hidden = true;
      this.root.hidden = false;
      this.build(data);
      this.listen();
      this.catchUp();
      this.look = this.look.bind(this);
      this.timer = setInterval(this.look, LOOK_MS);
    },

    teardown: function () {
      clearInterval(this.timer);
      clearTimeout(this.checking);
      if (this.queue) {
        this.queue.teardown();
      }
    },

    build: function (data) {
      var client = "w" + Date.now().toString(36) + Math.floor(Math.random() * 1e6).toString(36);
      var meta = document.querySelector('meta[name="csrf_field_name"]').content;
      this.toCheck = new Set();
      this.sheet = new grid.Sheet(data, client);
      this.queue = new grid.Queue({
        address: data.calls,
        store: "odl-grid:" + data.user + ":" + data.place,
        client: client,
        token: document.querySelector('meta[name="' + meta + '"]').content,
        version: function () { return this.sheet.version; }.bind(this),
        onState: this.onState.bind(this),
        onAnswer: this.onAnswer.bind(this),
        onRefused: this.onRefused.bind(this),
      });
      this.view = new grid.View(this.part("place"), {
        sheet: this.sheet,
        words: this.words,
        label: data.label,
        help: "odl-grid-help odl-grid-finding",
        leave: "odl-grid-leave",
      });
      this.hand = new grid.Hand({
        sheet: this.sheet,
        view: this.view,
        queue: this.queue,
        words: this.words,
        say: this.say.bind(this),
        describe: this.describe.bind(this),
        onCheck: this.onChanged.bind(this),
        onLeave: this.onLeave.bind(this),
      });
      this.hand.menu = new grid.Menu(this.part("place"), this.words.menu, [
        { label: this.words.insert, act: this.hand.insertAbove.bind(this.hand) },
        { label: this.words.remove, act: this.hand.takeOut.bind(this.hand) },
        { label: this.words.undo, act: this.hand.undo.bind(this.hand, false) },
      ], this.view.focus.bind(this.view));
      this.keys = new grid.Keys(this.hand);
      this.insertion = new grid.Insertion(this.view, this.hand);
      this.question = new grid.Question(this.part("question"));
      this.showOptional(false);
      this.describe();
    },

    listen: function () {
      var hand = this.hand;
      var view = this.view;
      var self = this;
      view.table.addEventListener("keydown", function (event) { self.keys.press(event); });
      view.table.addEventListener("mousedown", function (event) { self.onMouse(event); });
      view.table.addEventListener("dblclick", function () { hand.edit(); });
      view.table.addEventListener("focusout", function (event) {
        var editor = hand.editor;
        if (view.drawing) {
          return;
        }
        if (editor && !editor.changing && !editor.options.cell.contains(event.relatedTarget)) {
          hand.commit(true);
        }
        if (!view.table.contains(event.relatedTarget)) {
          self.keys.leaving = false;
          self.check();
        }
      });
      ["copy", "cut", "paste"].forEach(function (name) {
        view.table.addEventListener(name, function (event) {
          if (!hand.editor) {
            event.preventDefault();
            self[name](event.clipboardData);
          }
        });
      });
      this.part("optional").addEventListener("click", function () {
        self.showOptional(!view.showAll);
      });
      this.part("undo").addEventListener("click", function () { hand.undo(false); });
      this.part("correct").addEventListener("click", function () { self.correct(); });
      this.part("row-by-row").addEventListener("click", function (event) { self.goByRow(event); });
      this.part("publish").addEventListener("submit", function (event) { self.onPublish(event); });
    },

    /* What a former page could not send is sent now. */
    catchUp: function () {
      if (!this.queue.isEmpty()) {
        this.queue.waiting.forEach(function (one) {
          (one.add || []).forEach(function (row) {
            if (!this.sheet.find(row.id)) {
              this.sheet.rows.splice(this.sheet.size(), 0, { id: row.id, cells: {}, saved: true, position: null });
            }
          }, this);
          this.sheet.write(one.changes || []);
        }, this);
        this.view.draw();
        this.queue.go();
      }
      this.showConflicts(this.data.conflicts);
      if (this.sheet.size()) {
        this.ask("check", {});
      }
    },

    onMouse: function (event) {
      var place = this.view.placeOf(event.target);
      if (!place || event.target.closest(".odl-grid__editor")) {
        return;
      }
      event.preventDefault();
      this.hand.commit(true);
      this.hand.move(place.row, place.column, event.shiftKey);
    },

    copy: function (clipboard) {
      clipboard.setData("text/plain", this.hand.copied());
    },

    cut: function (clipboard) {
      this.copy(clipboard);
      this.hand.fill("");
    },

    paste: function (clipboard) {
      var area = this.view.selection();
      this.readPaste({
        text: clipboard.getData("text/plain"),
        columns: this.view.shown.slice(area.left).map(function (one) { return one.name; }),
      }, { row: this.sheet.rows[area.top].id }).catch(function () {});
    },

    /* Columns that have no place are asked about before anything is pasted. */
    readPaste: function (asked, from) {
      var self = this;
      return this.queue.ask("paste", asked).then(
        function (read) {
          if (read.question) {
            self.say("");
            self.question.ask(read.question, function (answer) {
              return self.readPaste(Object.assign({}, asked, answer), from);
            }, self.view.focus.bind(self.view));
          } else {
            self.hand.place(read, from);
          }
        },
        function (failure) {
          self.say(failure.refused || self.words.paste_again);
          return Promise.reject(failure);
        }
      );
    },

    correct: function () {
      var found = this.found().find(function (one) { return one.after; });
      if (found) {
        this.hand.fill(found.after);
        this.view.focus();
      }
    },

    found: function () {
      var at = this.view.at;
      return this.sheet.foundIn(at.row, this.hand.column().name, at.row);
    },

    /* Help and findings of the active cell. */
    describe: function () {
      var column = this.hand.column();
      var found = this.found();
      var ready = found.find(function (one) { return one.after; });
      var box = this.part("finding");
      this.part("title").textContent = column.title;
      this.part("help").textContent = [column.help, column.example ? this.words.example.replace("{example}", column.example) : ""].join(" ").trim();
      box.replaceChildren.apply(box, found.map(function (one) {
        var said = grid.make("p", { class: "odl-grid__said" }, [one.sentence, one.remedy].join(" ").trim() + " ");
        said.appendChild(grid.make("a", { href: this.data.controls + one.page.replace("controles/", "") }, this.words.why));
        return said;
      }, this));
      this.part("correct").hidden = !ready;
      this.part("correct").textContent = ready ? this.words.correct.replace("{value}", ready.after) : "";
      var count = this.sheet.countFindings();
      this.part("count").textContent = count ? this.words.points.replace("{count}", count) : "";
    },

    say: function (text, undoable) {
      this.part("message").textContent = text || "";
      this.part("undo").hidden = !undoable;
    },

    onChanged: function (rows) {
      rows.forEach(function (id) { this.toCheck.add(id); }, this);
      if (this.queue.isEmpty()) {
        this.check();
      }
    },

    onLeave: function () {
      this.check();
    },

    check: function () {
      var rows = Array.from(this.toCheck);
      if (rows.length && this.queue.isEmpty()) {
        this.toCheck.clear();
        this.ask("check", { rows: rows });
      }
    },

    ask: function (name, data) {
      var self = this;
      return this.queue.ask(name, data).then(
        function (answer) {
          self.sheet.setFindings(answer);
          answer.checked.forEach(function (id) { self.view.refreshRow(self.sheet.indexOf(id)); });
          self.describe();
        },
        function () {
          (data.rows || []).forEach(function (id) { self.toCheck.add(id); });
        }
      );
    },

    onState: function (name, login) {
      var now = new Date();
      var hour = now.getHours() + "\u00a0h\u00a0" + String(now.getMinutes()).padStart(2, "0");
      var state = this.part("state");
      var text = (this.words[name] || "").replace("{hour}", hour);
      if (state.dataset.name !== name || name === "saved") {
        state.textContent = text;
        // Said aloud only where something must be known.
        if (name === "lost" || name === "expired") {
          this.say(text);
        }
      }
      state.dataset.name = name;
      this.part("login").hidden = name !== "expired";
      if (login) {
        this.part("login").href = login + "?came_from=" + encodeURIComponent(window.location.pathname + window.location.search);
      }
      if (name === "saved") {
        this.check();
      }
    },

    onAnswer: function (answer) {
      var row = this.hand.row();
      var waits = this.queue.holds.bind(this.queue);
      var changed = this.sheet.learn(answer, waits, this.queue.removes.bind(this.queue));
      answer.conflicts.forEach(function (one) {
        if (!one.removed && !waits(one.row, one.field)) {
          changed = this.sheet.write([{ row: one.row, field: one.field, value: one.theirs }]).length > 0 || changed;
        }
      }, this);
      if (changed) {
        answer.rows.forEach(function (one) { this.toCheck.add(one.id); }, this);
        var index = this.sheet.indexOf(row.id);
        this.view.at.row = index >= 0 ? index : Math.min(this.view.at.row, this.sheet.rows.length - 1);
        if (this.hand.editor) {
          this.hand.stale = true;
        } else {
          this.hand.keepColumn(this.view.drawHead.bind(this.view));
        }
      }
      this.showConflicts(answer.conflicts);
    },

    onRefused: function (text, operation) {
      this.say(text);
      this.onState("refused");
      (operation.changes || []).forEach(function (one) {
        var row = (this.sheet.findings[one.row] = this.sheet.findings[one.row] || {});
        row[one.field] = [{ code: "refused", severity: "blocks", sentence: text, remedy: "", after: null, page: "" }];
        this.view.refreshRow(this.sheet.indexOf(one.row));
      }, this);
      this.describe();
    },

    /* The panel is the page of conflicts, drawn here: the same form, the same words. */
    showConflicts: function (conflicts) {
      var box = this.part("conflicts");
      var key = JSON.stringify(conflicts);
      if (key === this.conflictsShown) {
        return;
      }
      this.conflictsShown = key;
      if (!conflicts.length) {
        box.replaceChildren();
        return;
      }
      fetch(this.data.conflicts_page, { credentials: "same-origin" })
        .then(function (response) { return response.text(); })
        .then(function (page) {
          var shown = new DOMParser().parseFromString(page, "text/html").querySelector("[data-odl-conflicts]");
          if (shown) {
            box.replaceChildren(document.importNode(shown, true));
          }
        })
        .catch(function () {
          this.conflictsShown = "";
        }.bind(this));
    },

    /* What the others did meanwhile. */
    look: function () {
      if (document.hidden || !this.queue.isEmpty()) {
        return;
      }
      this.queue.ask("show", {}).then(this.onAnswer.bind(this), function () {});
    },

    showOptional: function (all) {
      var view = this.view;
      var button = this.part("optional");
      var count = this.sheet.columns.filter(function (one) { return !one.required; }).length;
      this.hand.keepColumn(function () {
        view.showAll = all;
        view.drawHead();
      });
      button.hidden = !count || count === this.sheet.columns.length;
      button.setAttribute("aria-expanded", all ? "true" : "false");
      button.textContent = (all ? this.words.hide_optional : this.words.show_optional).replace("{count}", count);
    },

    goByRow: function (event) {
      event.preventDefault();
      var number = Math.min(this.view.at.row, this.sheet.size()) + 1;
      this.afterSaving(function () {
        window.location.assign(this.data.row_by_row.replace(/ligne\b/, "ligne/" + number));
      });
    },

    onPublish: function (event) {
      this.hand.commit(true);
      if (!this.queue.isEmpty()) {
        event.preventDefault();
        this.afterSaving(function () { event.target.submit(); });
      }
    },

    /* Once all that was typed has reached the server. */
    afterSaving: function (act) {
      if (this.queue.isEmpty()) {
        act.call(this);
      } else {
        setTimeout(this.afterSaving.bind(this, act), 100);
      }
    },
  };
});
