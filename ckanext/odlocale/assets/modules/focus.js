/*
 * Brings the focus to an element when the page opens: a summary of errors, or
 * what an action has just changed. The element needs tabindex="-1".
 *
 * Example
 *
 *   <div role="alert" tabindex="-1" data-module="odlocale-focus">…</div>
 */
this.ckan.module("odlocale-focus", function ($) {
  "use strict";
  return {
    initialize: function () {
      this.el[0].focus();
    },
  };
});
