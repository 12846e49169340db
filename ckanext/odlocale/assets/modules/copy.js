/*
 * Shows the button that copies the address held by the input beside it.
 *
 * copied - what is said in the element with role=status once it is done
 *
 * Example
 *
 *   <div data-module="odlocale-copy" data-module-copied="Copied.">
 *     <input type="text" readonly value="https://…">
 *     <button type="button" hidden>Copy</button>
 *     <p role="status"></p>
 *   </div>
 */
this.ckan.module("odlocale-copy", function ($) {
  "use strict";
  return {
    options: {
      copied: "",
    },

    initialize: function () {
      this.input = this.$("input")[0];
      this.button = this.$("button");
      this.status = this.$('[role="status"]');
      this._onClick = this._onClick.bind(this);
      this.button.prop("hidden", false);
      this.button.on("click", this._onClick);
    },

    teardown: function () {
      this.button.off("click", this._onClick);
      this.button.prop("hidden", true);
    },

    _onClick: function () {
      var said = this._say.bind(this);
      if (navigator.clipboard) {
        navigator.clipboard.writeText(this.input.value).then(said, this._copySelection.bind(this));
      } else {
        this._copySelection();
      }
    },

    /* Pages served over plain HTTP have no clipboard: the selection does it. */
    _copySelection: function () {
      this.input.select();
      if (document.execCommand("copy")) {
        this._say();
      }
    },

    _say: function () {
      this.status.text(this.options.copied);
    },
  };
});
