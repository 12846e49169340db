/*
 * Choosing or dropping a file sends its form.
 *
 * Put it on an element that holds one file input and, for browsers without
 * JavaScript, a submit button (hidden here).
 *
 * loading   - what is said in the element with role=status while the file is read
 * megabytes - up to this size the script sends the file, says how far it is, and keeps
 *             it chosen when the network drops; without it, the browser sends the form
 * sending   - what is said meanwhile, with {share}
 * cut       - what is said when the network dropped
 * again     - the name of the button that sends once more
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
  var MEGABYTE = 1024 * 1024;
  /* How far apart, in percent, two sentences about the progress are. */
  var STEP = 10;
  return {
    options: {
      loading: "",
      megabytes: 0,
      sending: "",
      cut: "",
      again: "",
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
      this._onProgress = this._onProgress.bind(this);
      this._onAnswer = this._onAnswer.bind(this);
      this._onCut = this._onCut.bind(this);
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
      // What was said of a file that was cut is not about the next one.
      this.$(".odl-drop__cut").remove();
      this.el.addClass("odl-drop--busy");
      this.status.text(this.options.loading);
      // What is too large is the server's to refuse, before it is all sent.
      if (this.input[0].files[0].size > this.options.megabytes * MEGABYTE) {
        this.input[0].form.requestSubmit();
      } else {
        this._send();
      }
    },

    _send: function () {
      var form = this.input[0].form;
      var request = new XMLHttpRequest();
      this.told = 0;
      request.open("POST", form.action);
      request.setRequestHeader("X-Odlocale-Upload", "1");
      request.upload.addEventListener("progress", this._onProgress);
      request.addEventListener("load", this._onAnswer);
      request.addEventListener("error", this._onCut);
      request.addEventListener("abort", this._onCut);
      request.send(new FormData(form));
    },

    _onProgress: function (event) {
      var percent = Math.floor((100 * event.loaded) / event.total);
      if (percent >= 100) {
        this.status.text(this.options.loading);
      } else if (percent >= this.told + STEP) {
        this.told = percent;
        this.status.text(this.options.sending.replace("{share}", percent + "\u00a0%"));
      }
    },

    /* The address of the next page; or this page again, which says what is wrong. */
    _onAnswer: function (event) {
      var request = event.target;
      var type = request.getResponseHeader("Content-Type") || "";
      if (type.indexOf("application/json") === 0) {
        window.location.assign(JSON.parse(request.responseText).address);
        return;
      }
      var answer = new DOMParser().parseFromString(request.responseText, "text/html");
      var next = answer.querySelector("main");
      var here = document.querySelector("main");
      if (!next || !here) {
        this._onCut();
        return;
      }
      window.history.pushState(null, "", request.responseURL);
      document.title = answer.title;
      here.replaceWith(next);
      next.querySelectorAll("[data-module]").forEach(function (one) {
        ckan.module.initializeElement(one);
      });
      window.scrollTo(0, 0);
    },

    /* Nothing arrived: the file is still chosen, and leaves again on demand. */
    _onCut: function () {
      var again = $('<button type="button" class="odl-button">');
      this.el.removeClass("odl-drop--busy");
      this.status.empty();
      again.text(this.options.again).on("click", this._onChange);
      $('<div class="odl-drop__cut" role="alert">')
        .append($("<p>").text(this.options.cut), again)
        .appendTo(this.el);
      this.sent = false;
      again.trigger("focus");
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
