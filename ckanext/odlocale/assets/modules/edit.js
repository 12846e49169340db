/*
 * A cell unfolds into a field. Without scripts it is a plain <details> with a form;
 * here the field takes the focus, and Escape folds it as it was.
 *
 * Example
 *
 *   <details data-module="odlocale-edit"><summary>Change</summary><form>…</form></details>
 */
this.ckan.module("odlocale-edit", function ($) {
  "use strict";
  return {
    initialize: function () {
      this.details = this.el[0];
      this.field = this.details.querySelector("input:not([type=hidden])");
      this._onToggle = this._onToggle.bind(this);
      this._onKey = this._onKey.bind(this);
      this.details.addEventListener("toggle", this._onToggle);
      this.details.addEventListener("keydown", this._onKey);
      // Unfolded before this script was there: the field has waited for the focus.
      if (document.activeElement === this.details.querySelector("summary")) {
        this._onToggle();
      }
    },

    teardown: function () {
      this.details.removeEventListener("toggle", this._onToggle);
      this.details.removeEventListener("keydown", this._onKey);
    },

    _onToggle: function () {
      if (this.details.open) {
        this.field.focus();
        this.field.select();
      }
    },

    _onKey: function (event) {
      if (event.key === "Escape" && this.details.open) {
        this.field.value = this.field.defaultValue;
        this.details.open = false;
        this.details.querySelector("summary").focus();
        event.preventDefault();
      }
    },
  };
});
