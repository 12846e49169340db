/* A level of the territory that unfolds in place.
 *
 *   <ul data-module="odlocale-tree">
 *     <li><a hx-get="…" hx-target="#below-1">…</a> <div id="below-1"></div></li>
 *   </ul>
 *
 * htmx fetches the level the first time; this says whether it is open, to a screen
 * reader too, and folds it at the next click. Without JavaScript each is a page.
 */
this.ckan.module("odlocale-tree", function ($) {
  "use strict";
  return {
    initialize: function () {
      var self = this;
      this.links = Array.prototype.filter.call(
        this.el[0].querySelectorAll("a[hx-get]"),
        function (link) { return link.closest("ul") === self.el[0]; }
      );
      this.onClick = this.onClick.bind(this);
      this.links.forEach(function (link) {
        link.setAttribute("role", "button");
        link.setAttribute("aria-controls", self.below(link).id);
        self.say(link, false);
        // Before htmx's own listener, so that an open level is not fetched again.
        link.addEventListener("click", self.onClick, true);
        link.addEventListener("keydown", self.onKey);
      });
      this.onSwap = this.onSwap.bind(this);
      this.el[0].addEventListener("htmx:afterSwap", this.onSwap);
    },

    teardown: function () {
      var self = this;
      this.links.forEach(function (link) {
        link.removeEventListener("click", self.onClick, true);
        link.removeEventListener("keydown", self.onKey);
      });
      this.el[0].removeEventListener("htmx:afterSwap", this.onSwap);
    },

    below: function (link) {
      return document.querySelector(link.getAttribute("hx-target"));
    },

    say: function (link, open) {
      link.setAttribute("aria-expanded", open ? "true" : "false");
    },

    // What acts as a button answers to the space bar too.
    onKey: function (event) {
      if (event.key === " ") {
        event.preventDefault();
        event.currentTarget.click();
      }
    },

    onClick: function (event) {
      var link = event.currentTarget;
      var below = this.below(link);
      // A new tab is the visitor's to ask for.
      if (event.ctrlKey || event.metaKey || event.shiftKey || !below.childElementCount) {
        return;
      }
      event.preventDefault();
      event.stopImmediatePropagation();
      below.hidden = !below.hidden;
      this.say(link, !below.hidden);
    },

    onSwap: function (event) {
      var target = event.target;
      this.links.forEach(function (link) {
        if (this.below(link) === target) {
          this.say(link, true);
        }
      }, this);
    }
  };
});
