/*
 * The menu of a row: arrows move in it, Escape closes it.
 *
 * items: list of { label, act }
 * back(): gives the focus back where it was
 */
(function (grid) {
  "use strict";

  function Menu(root, label, items, back) {
    this.back = back;
    this.box = grid.make("div", { role: "menu", "aria-label": label, class: "odl-grid__menu", hidden: "" });
    items.forEach(function (item) {
      var button = grid.make("button", { type: "button", role: "menuitem", tabindex: "-1" }, item.label);
      button.addEventListener("click", function () {
        this.close();
        item.act();
      }.bind(this));
      this.box.appendChild(button);
    }, this);
    this.box.addEventListener("keydown", this.onKey.bind(this));
    this.box.addEventListener("focusout", function (event) {
      if (!this.box.contains(event.relatedTarget)) {
        this.box.hidden = true;
      }
    }.bind(this));
    root.appendChild(this.box);
    this.root = root;
  }

  Menu.prototype = {
    open: function (cell) {
      var place = cell.getBoundingClientRect();
      var here = this.root.getBoundingClientRect();
      this.box.hidden = false;
      this.box.style.top = place.bottom - here.top + "px";
      this.box.style.left = Math.max(0, Math.min(place.left - here.left, here.width - this.box.offsetWidth)) + "px";
      this.box.firstElementChild.focus();
    },

    close: function () {
      this.box.hidden = true;
      this.back();
    },

    onKey: function (event) {
      var items = Array.from(this.box.children);
      var at = items.indexOf(document.activeElement);
      var to = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: items.length - 1 }[event.key];
      if (event.key === "Escape" || event.key === "Tab") {
        this.close();
      } else if (to !== undefined) {
        items[(to + items.length) % items.length].focus();
      } else {
        return;
      }
      event.preventDefault();
      event.stopPropagation();
    },
  };

  grid.Menu = Menu;
})((this.odlocaleGrid = this.odlocaleGrid || {}));
