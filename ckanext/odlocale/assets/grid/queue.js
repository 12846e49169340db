/*
 * Sends what is typed to the server, one request at a time, and loses nothing.
 *
 * What waits is also kept in this browser, under the account's name, and erased once
 * the server has it. Requests may be sent twice: rows have their own names, and a
 * window is never in conflict with itself.
 */
(function (grid) {
  "use strict";

  var RETRY_MS = 5000;

  /*
   * options: address (with {name}), store (key in this browser), client, token,
   * version() of the sheet, onState(name, detail), onAnswer(answer), onRefused(text,
   * operation)
   */
  function Queue(options) {
    this.options = options;
    this.token = options.token;
    this.busy = false;
    this.key = options.store + ":" + options.client;
    this.waiting = this.recall();
    this.keep();
    this.retry = this.retry.bind(this);
    window.addEventListener("online", this.retry);
  }

  Queue.prototype = {
    teardown: function () {
      window.removeEventListener("online", this.retry);
      clearTimeout(this.timer);
      this.stopped = true;
    },

    /* What windows that were closed could not send; this one takes it over. */
    recall: function () {
      var found = [];
      try {
        Object.keys(window.localStorage).sort().forEach(function (key) {
          if (key.indexOf(this.options.store + ":") === 0) {
            found = found.concat(JSON.parse(window.localStorage.getItem(key)) || []);
            window.localStorage.removeItem(key);
          }
        }, this);
      } catch (error) {
        // No store, or one that is not ours: nothing waits in it.
      }
      return found;
    },

    keep: function () {
      try {
        if (this.waiting.length) {
          window.localStorage.setItem(this.key, JSON.stringify(this.waiting));
        } else {
          window.localStorage.removeItem(this.key);
        }
      } catch (error) {
        // A full or forbidden store: the page itself still holds what was typed.
      }
    },

    /* Whether a cell, or any cell of a row, is yet to reach the server. */
    holds: function (row, field) {
      return this.waiting.some(function (one) {
        return (
          (one.add || []).some(function (each) { return each.id === row; }) ||
          (one.restore || []).indexOf(row) >= 0 ||
          (one.changes || []).some(function (each) {
            return each.row === row && (!field || each.field === field);
          })
        );
      });
    },

    /* Whether a row is yet to be taken out at the server. */
    removes: function (row) {
      return this.waiting.some(function (one) {
        return (one.remove || []).indexOf(row) >= 0;
      });
    },

    isEmpty: function () {
      return this.waiting.length === 0;
    },

    /* Save cells: { row, field, value }, as of the version on the screen. */
    save: function (changes) {
      var last = this.waiting[this.waiting.length - 1];
      var seen = this.options.version();
      var dated = changes.map(function (one) {
        return { row: one.row, field: one.field, value: one.value, seen: seen };
      });
      if (last && last.name === "save" && !(this.busy && this.waiting.length === 1)) {
        dated.forEach(function (one) {
          var same = last.changes.find(function (each) {
            return each.row === one.row && each.field === one.field;
          });
          if (same) {
            same.value = one.value;
          } else {
            last.changes.push(one);
          }
        });
      } else {
        this.waiting.push({ name: "save", changes: dated });
      }
      this.go();
    },

    /* Add, remove or restore rows. */
    rows: function (asked) {
      this.waiting.push(Object.assign({ name: "rows" }, asked));
      this.go();
    },

    retry: function () {
      clearTimeout(this.timer);
      this.go();
    },

    go: function () {
      this.keep();
      if (this.busy || this.stopped || !this.waiting.length) {
        return;
      }
      this.busy = true;
      this.options.onState("saving");
      var operation = this.waiting[0];
      this.ask(operation.name, operation).then(
        this.onSent.bind(this),
        this.onFailed.bind(this, operation)
      );
    },

    onSent: function (answer) {
      this.busy = false;
      this.waiting.shift();
      this.keep();
      this.options.onAnswer(answer);
      if (this.waiting.length) {
        this.go();
      } else {
        this.options.onState("saved");
      }
    },

    onFailed: function (operation, failure) {
      this.busy = false;
      if (failure.refused) {
        this.waiting.shift();
        // One cell that cannot be kept must not hold the others back.
        if (operation.changes && operation.changes.length > 1) {
          this.waiting = operation.changes
            .map(function (one) { return { name: "save", changes: [one] }; })
            .concat(this.waiting);
        } else {
          this.options.onRefused(failure.refused, operation);
        }
        this.go();
        return;
      }
      this.options.onState(failure.login ? "expired" : "lost", failure.login);
      if (!this.stopped) {
        this.timer = setTimeout(this.retry, RETRY_MS);
      }
    },

    /*
     * Ask the server. Fails with { refused: sentence } where it says no, with { login }
     * where the session ended, with {} where it does not answer.
     */
    ask: function (name, data, again) {
      var self = this;
      var body = Object.assign({}, data, {
        version: this.options.version(),
        client: this.options.client,
      });
      delete body.name;
      var headers = { "Content-Type": "application/json", "X-CSRFToken": this.token };
      if (name === "show") {
        // A look that nobody asked for: it must not keep the session of a shared
        // computer alive.
        headers["X-Odlocale-Background"] = "1";
      }
      return fetch(this.options.address.replace("{name}", name), {
        method: "POST",
        credentials: "same-origin",
        headers: headers,
        body: JSON.stringify(body),
      })
        .catch(function () { return Promise.reject({}); })
        .then(function (response) {
          return response.json().then(
            function (answer) { return { ok: response.ok, status: response.status, answer: answer }; },
            function () { return Promise.reject({}); }
          );
        })
        .then(function (got) {
          if (got.ok) {
            if (name !== "show") {
              document.dispatchEvent(new CustomEvent("odlocale:asked"));
            }
            return got.answer;
          }
          if (got.answer.token && !again) {
            self.token = got.answer.token;
            return self.ask(name, data, true);
          }
          if (got.status === 401) {
            return Promise.reject({ login: got.answer.login });
          }
          return Promise.reject(
            got.answer.message && got.status < 500 ? { refused: got.answer.message } : {}
          );
        });
    },
  };

  grid.Queue = Queue;
})((this.odlocaleGrid = this.odlocaleGrid || {}));
