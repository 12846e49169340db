/*
 * A form saves itself on the server a moment after the last change, and says so in its
 * element with role=status. Its button still saves, with or without scripts.
 *
 * replaces - id of the element that the answered page shows anew
 * saving, saved (with {time}), failed, ended (the session) - what is said
 *
 * What the server refuses is said too; what was typed stays.
 *
 * Example
 *
 *   <form method="post" data-module="odlocale-autosave" data-module-saved="Saved at {time}">
 *     … <input type="hidden" name="version" value="3"> … <p role="status"></p>
 *   </form>
 */
this.ckan.module("odlocale-autosave", function ($) {
  "use strict";
  var WAIT_MS = 800;
  return {
    options: { replaces: "", saving: "", saved: "", failed: "", ended: "" },

    initialize: function () {
      this.form = this.el[0];
      this.status = this.form.querySelector('[role="status"]');
      this.saved = this._content();
      this._onInput = this._onInput.bind(this);
      this._onSubmit = this._onSubmit.bind(this);
      this._onOther = this._onOther.bind(this);
      this._onJump = this._onJump.bind(this);
      this._save = this._save.bind(this);
      this.form.addEventListener("input", this._onInput);
      this.form.addEventListener("submit", this._onSubmit);
      document.addEventListener("submit", this._onOther, true);
      document.addEventListener("click", this._onJump);
    },

    teardown: function () {
      clearTimeout(this.timer);
      this.form.removeEventListener("input", this._onInput);
      this.form.removeEventListener("submit", this._onSubmit);
      document.removeEventListener("submit", this._onOther, true);
      document.removeEventListener("click", this._onJump);
    },

    /* "Change", beside a line, unfolds the form and brings the focus to its field. */
    _onJump: function (event) {
      var link = event.target.closest ? event.target.closest('a[href^="#"]') : null;
      var field = link && document.getElementById(link.getAttribute("href").slice(1));
      if (!field || field.form !== this.form) {
        return;
      }
      event.preventDefault();
      this.form.closest("details").open = true;
      field.focus();
    },

    _content: function () {
      var found = new URLSearchParams(new FormData(this.form));
      found.delete("version");
      return found.toString();
    },

    _onInput: function () {
      clearTimeout(this.timer);
      this.timer = setTimeout(this._save, WAIT_MS);
    },

    _onSubmit: function () {
      clearTimeout(this.timer);
      this.leaving = true;
    },

    /* Another form of the page, such as "Publish", waits for what was just typed. */
    _onOther: function (event) {
      var form = event.target;
      if (form === this.form || !form.querySelector('input[name="version"]')) {
        return;
      }
      if (!this.busy && this._content() === this.saved) {
        return;
      }
      event.preventDefault();
      event.stopImmediatePropagation();
      this.after = { form: form, button: event.submitter };
      clearTimeout(this.timer);
      this._save();
    },

    _save: function () {
      var content = this._content();
      if (this.leaving || content === this.saved) {
        return;
      }
      if (this.busy) {
        // Once it is answered, what was typed since is saved.
        return;
      }
      this.busy = true;
      this.status.textContent = this.options.saving;
      fetch(this.form.action, { method: "POST", body: new FormData(this.form) })
        .then(function (response) { return response.text(); })
        .then(this._onAnswer.bind(this, content))
        .catch(this._refuse.bind(this, this.options.failed))
        .finally(this._goOn.bind(this));
    },

    /* The page as saving left it: its list and its version are this one's from now on. */
    _onAnswer: function (content, text) {
      var answer = new DOMParser().parseFromString(text, "text/html");
      var version = answer.querySelector('input[name="version"]');
      var refused = answer.querySelector(".flash-messages .odl-role-blocks");
      if (refused) {
        this._refuse(refused.textContent.trim());
        return;
      }
      if (!version) {
        this._refuse(answer.querySelector('input[type="password"]') ? this.options.ended : this.options.failed);
        return;
      }
      document.querySelectorAll('input[name="version"]').forEach(function (one) {
        one.value = version.value;
      });
      var next = answer.getElementById(this.options.replaces);
      var here = document.getElementById(this.options.replaces);
      if (next && here) {
        here.replaceWith(next);
      }
      this.saved = content;
      // The session has all its time again: see session.js.
      document.dispatchEvent(new CustomEvent("odlocale:asked"));
      this._say(this.options.saved.replace("{time}", this._now()));
    },

    /* What could not be saved is shown, and nothing else leaves meanwhile. */
    _refuse: function (text) {
      this.failed = this._content();
      this._say(text);
      if (this.after) {
        this.after = null;
        this.form.closest("details").open = true;
        this.status.tabIndex = -1;
        this.status.focus();
      }
    },

    _goOn: function () {
      var after = this.after;
      var content = this._content();
      this.busy = false;
      if (content !== this.saved && content !== this.failed) {
        this._onInput();
        return;
      }
      if (after && content === this.saved) {
        this.after = null;
        after.form.requestSubmit(after.button);
      }
    },

    _say: function (text) {
      this.status.textContent = text;
    },

    _now: function () {
      var now = new Date();
      var minutes = String(now.getMinutes());
      return now.getHours() + "\u00a0h\u00a0" + (minutes.length < 2 ? "0" : "") + minutes;
    },
  };
});
