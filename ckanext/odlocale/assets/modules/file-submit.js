/*
 * Choosing or dropping a file sends its form.
 *
 * Put it on an element that holds one file input and, for browsers without
 * JavaScript, a submit button (hidden here).
 *
 * loading - what is said in the element with role=status while the file leaves
 *
 * Example
 *
 *   <div data-module="odlocale-file-submit" data-module-loading="Reading…">
 *     <input type="file" name="file" required>
 *     <button type="submit">Submit</button>
 *     <p role="status"></p>
 *   </div>
 */
this.ckan.module("odlocale-file-submit", function ($) {
  "use strict";
  return {
    options: {
      loading: "",
    },

    initialize: function () {
      this.input = this.$('input[type="file"]');
      this.send = this.$('button[type="submit"]').parent();
      this.status = this.$('[role="status"]');
      this._onChange = this._onChange.bind(this);
      this._onDragOver = this._onDragOver.bind(this);
      this._onDragLeave = this._onDragLeave.bind(this);
      this._onDrop = this._onDrop.bind(this);
      this._onReturn = this._onReturn.bind(this);
      this.send.prop("hidden", true);
      this.el.addClass("odl-drop--ready");
      this.input.on("change", this._onChange);
      this.el.on("dragover", this._onDragOver);
      this.el.on("dragleave", this._onDragLeave);
      this.el.on("drop", this._onDrop);
      window.addEventListener("pageshow", this._onReturn);
      // A file chosen before this script was ready: its button is hidden by now.
      this._onChange();
    },

    teardown: function () {
      this.input.off("change", this._onChange);
      this.el.off("dragover", this._onDragOver);
      this.el.off("dragleave", this._onDragLeave);
      this.el.off("drop", this._onDrop);
      window.removeEventListener("pageshow", this._onReturn);
      this.send.prop("hidden", false);
      this.el.removeClass("odl-drop--ready");
    },

    _onChange: function () {
      if (!this.input[0].files.length || this.sent) {
        return;
      }
      this.sent = true;
      this.el.addClass("odl-drop--busy");
      this.status.text(this.options.loading);
      this.input[0].form.requestSubmit();
    },

    _onDragOver: function (event) {
      event.preventDefault();
      this.el.addClass("odl-drop--over");
    },

    _onDragLeave: function () {
      this.el.removeClass("odl-drop--over");
    },

    _onDrop: function (event) {
      var files = event.originalEvent.dataTransfer.files;
      this._onDragLeave();
      event.preventDefault();
      if (files.length && !this.sent) {
        this.input[0].files = files;
        this._onChange();
      }
    },

    /* The browser's Back button brings the page back as it was left: busy. */
    _onReturn: function (event) {
      if (event.persisted) {
        this.sent = false;
        this.input.val("");
        this.el.removeClass("odl-drop--busy");
        this.status.text("");
      }
    },
  };
});
