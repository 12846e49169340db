/*
 * Offers the local authorities that one may publish for, as one types their name:
 * fills the list that the field is tied to. The browser shows it and reads it out.
 *
 * source - address of the action that finds them
 *
 * Example
 *
 *   <input type="text" list="choices" data-module="odlocale-owner"
 *          data-module-source="/api/3/action/odlocale_organization_choices">
 *   <datalist id="choices"></datalist>
 */
this.ckan.module("odlocale-owner", function ($) {
  "use strict";
  return {
    options: {
      source: "",
      wait: 200,
    },

    initialize: function () {
      this._onInput = this._onInput.bind(this);
      this._find = this._find.bind(this);
      this.el.on("input", this._onInput);
    },

    teardown: function () {
      this.el.off("input", this._onInput);
      clearTimeout(this.timer);
    },

    _onInput: function () {
      clearTimeout(this.timer);
      this.timer = setTimeout(this._find, this.options.wait);
    },

    _find: function () {
      var typed = this.el.val().trim();
      var list = document.getElementById(this.el.attr("list"));
      var isChosen = Array.prototype.some.call(list.options, function (option) {
        return option.value === typed;
      });
      if (!typed || isChosen) {
        return;
      }
      fetch(this.options.source + "?q=" + encodeURIComponent(typed), { credentials: "same-origin" })
        .then(function (answer) {
          return answer.ok ? answer.json() : Promise.reject(answer);
        })
        .then(this._show.bind(this, list, typed))
        // The name is read by the server in the end: nothing is lost.
        .catch(function () {});
    },

    _show: function (list, typed, answer) {
      if (this.el.val().trim() !== typed) {
        return;
      }
      list.replaceChildren.apply(
        list,
        answer.result.results.map(function (one) {
          var option = document.createElement("option");
          option.value = one.label;
          return option;
        })
      );
    },
  };
});
