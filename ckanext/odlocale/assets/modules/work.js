/*
 * Says how far the check of a long file is, then goes to what follows. Without a script,
 * the page has a link that asks again.
 *
 * Tells as the page is left: a letter then says how it ended.
 *
 * address - answers { done, rows, said }, or null once there is nothing to wait for
 * left - address that hears that nobody looks any more
 * next - where to go then
 * lost - what is said while the service does not answer
 *
 * Example
 *
 *   <div data-module="odlocale-work" data-module-address="…" data-module-left="…"
 *       data-module-next="…">
 *     <progress max="1"></progress>
 *     <p role="status" data-work="said">…</p>
 *   </div>
 */
this.ckan.module("odlocale-work", function ($) {
  "use strict";
  var LOOK_MS = 2000;
  /* Read aloud at each change: not more often than this. */
  var SAY_MS = 10000;

  return {
    options: { address: "", left: "", next: "", lost: "" },

    initialize: function () {
      this.bar = this.el[0].querySelector("progress");
      this.said = this.el[0].querySelector("[data-work=said]");
      this.spoke = Date.now();
      this.look = this.look.bind(this);
      this.leave = this.leave.bind(this);
      window.addEventListener("pagehide", this.leave);
      this.timer = setTimeout(this.look, LOOK_MS);
    },

    teardown: function () {
      clearTimeout(this.timer);
      window.removeEventListener("pagehide", this.leave);
    },

    leave: function () {
      fetch(this.options.left, { credentials: "same-origin", keepalive: true });
    },

    look: function () {
      var self = this;
      fetch(this.options.address, {
        credentials: "same-origin",
        headers: { Accept: "application/json", "X-Odlocale-Background": "1" },
      })
        .then(function (response) {
          if (response.redirected || response.status === 403 || response.status === 404) {
            return null;
          }
          if (!response.ok) {
            throw new Error(response.status);
          }
          return response.json();
        })
        .then(function (work) {
          if (work === null) {
            window.location.assign(self.options.next);
            return;
          }
          self.show(work);
          self.timer = setTimeout(self.look, LOOK_MS);
        })
        .catch(function () {
          self.said.textContent = self.options.lost;
          self.timer = setTimeout(self.look, LOOK_MS * 3);
        });
    },

    show: function (work) {
      if (work.rows) {
        this.bar.max = work.rows;
        this.bar.value = work.done;
      }
      if (this.said.textContent === work.said) {
        return;
      }
      if (!work.done || this.said.textContent === this.options.lost || Date.now() - this.spoke > SAY_MS) {
        this.said.textContent = work.said;
        this.spoke = Date.now();
      }
    },
  };
});
