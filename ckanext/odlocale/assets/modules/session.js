/*
 * Says that the session ends, five minutes before, and lets one stay logged in. Where it
 * ends whatever is done, it only says when. The focus stays where it is.
 *
 * All windows of the browser share one session: what one asks of the portal gives time
 * to the others. A program that asks in the background says so with the event
 * "odlocale:asked" on the document.
 *
 * idle, absolute - seconds that are left: without a request, whatever is done
 * limit - seconds that a request gives
 * address - a light page that says what is left, as { idle, absolute }
 * ending, last (with {hour}), ended, stayed, lost - what is said
 *
 * Example
 *
 *   <div data-module="odlocale-session" data-module-idle="14400" …>
 *     <p role="alert" data-session="alert" hidden></p>
 *     <p role="status" data-session="status" hidden></p>
 *     <button data-session="stay" hidden>…</button> <a data-session="login" hidden>…</a>
 *   </div>
 */
this.ckan.module("odlocale-session", function ($) {
  "use strict";
  var WARNING_MS = 5 * 60 * 1000;
  var LOOK_MS = 5000;
  var STORE = "odl-session";

  return {
    options: { idle: 0, absolute: 0, limit: 0, address: "", ending: "", last: "", ended: "", stayed: "", lost: "" },

    initialize: function () {
      this.root = this.el[0];
      this.part = function (name) { return this.root.querySelector("[data-session=" + name + "]"); };
      // A portal whose sessions are very short does not warn all the time.
      this.warning = Math.min(WARNING_MS, this.options.limit * 500);
      this.look = this.look.bind(this);
      this.onStore = this.onStore.bind(this);
      this.onAsked = this.onAsked.bind(this);
      window.addEventListener("storage", this.onStore);
      document.addEventListener("visibilitychange", this.look);
      document.addEventListener("odlocale:asked", this.onAsked);
      this.part("stay").addEventListener("focus", this.onFocus.bind(this));
      this.part("stay").addEventListener("click", this.stay.bind(this));
      this.learn(this.options);
      this.timer = setInterval(this.look, LOOK_MS);
    },

    teardown: function () {
      clearInterval(this.timer);
      window.removeEventListener("storage", this.onStore);
      document.removeEventListener("visibilitychange", this.look);
      document.removeEventListener("odlocale:asked", this.onAsked);
    },

    /* left: { idle, absolute } in seconds from now. */
    learn: function (left) {
      this.ends = { idle: Date.now() + left.idle * 1000, absolute: Date.now() + left.absolute * 1000 };
      try {
        window.localStorage.setItem(STORE, JSON.stringify(this.ends));
      } catch (error) {
        // Without a store, each window warns by itself.
      }
      this.look();
    },

    onStore: function (event) {
      if (event.key !== STORE || !event.newValue) {
        return;
      }
      try {
        this.ends = JSON.parse(event.newValue);
      } catch (error) {
        return;
      }
      this.look();
    },

    onAsked: function () {
      this.learn({ idle: this.options.limit, absolute: (this.ends.absolute - Date.now()) / 1000 });
    },

    state: function () {
      var end = Math.min(this.ends.idle, this.ends.absolute);
      var left = end - Date.now();
      if (left <= 0) {
        return "ended";
      }
      if (left > this.warning) {
        return "";
      }
      return this.ends.absolute <= this.ends.idle ? "last" : "ending";
    },

    look: function () {
      var state = this.state();
      if (state === this.shown) {
        return;
      }
      this.shown = state;
      this.say("alert", state ? this.options[state].replace("{hour}", this.hour()) : "");
      this.part("stay").hidden = state !== "ending";
      this.part("login").hidden = state !== "ended";
      if (state) {
        this.say("status", "");
      }
      this.root.classList.toggle("odl-session--shown", Boolean(state));
    },

    /* Hidden while it says nothing: a page has one alert, which says what is wrong. */
    say: function (name, text) {
      this.part(name).textContent = text;
      this.part(name).hidden = !text;
    },

    hour: function () {
      var end = new Date(this.ends.absolute);
      return end.getHours() + "\u00a0h\u00a0" + String(end.getMinutes()).padStart(2, "0");
    },

    onFocus: function (event) {
      this.before = event.relatedTarget;
    },

    stay: function () {
      var self = this;
      fetch(this.options.address, { credentials: "same-origin", headers: { Accept: "application/json" } })
        .then(function (response) { return response.redirected ? { idle: 0, absolute: 0 } : response.json(); })
        .then(function (left) {
          self.learn(left);
          if (left.idle) {
            self.say("status", self.options.stayed);
            self.giveBack();
          }
        })
        .catch(function () {
          self.say("status", self.options.lost);
        });
    },

    /* The button goes: whoever pressed it goes back to what he was doing. */
    giveBack: function () {
      var before = this.before;
      if (before && before.isConnected && before !== document.body) {
        before.focus();
      } else {
        this.part("status").focus();
      }
    },
  };
});
