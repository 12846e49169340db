/*
 * A second click on a button that sends a form does nothing while the page
 * answers. The server refuses duplicates too: this only spares the wait.
 *
 * Example
 *
 *   <button type="submit" data-module="odlocale-once">Publish</button>
 */
this.ckan.module("odlocale-once", function ($) {
  "use strict";
  return {
    initialize: function () {
      this.form = this.el[0].form;
      if (!this.form) {
        return;
      }
      this._onSubmit = this._onSubmit.bind(this);
      this._onReturn = this._onReturn.bind(this);
      this.form.addEventListener("submit", this._onSubmit);
      window.addEventListener("pageshow", this._onReturn);
    },

    teardown: function () {
      if (!this.form) {
        return;
      }
      this.form.removeEventListener("submit", this._onSubmit);
      window.removeEventListener("pageshow", this._onReturn);
      this._release();
    },

    /* Several buttons may share a form: each sees the submission, and only the
     * one that made it is marked. The flag lives on the form. */
    _onSubmit: function (event) {
      if (event.submitter !== this.el[0]) {
        return;
      }
      if (this.form.dataset.odlocaleSent) {
        event.preventDefault();
        return;
      }
      this.form.dataset.odlocaleSent = "1";
      this.el.attr("aria-disabled", "true");
    },

    _onReturn: function (event) {
      if (event.persisted) {
        this._release();
      }
    },

    _release: function () {
      delete this.form.dataset.odlocaleSent;
      this.el.removeAttr("aria-disabled");
    },
  };
});
