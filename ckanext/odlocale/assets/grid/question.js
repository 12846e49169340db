/*
 * What is asked before pasting: the form that the server wrote, in the page.
 *
 * Nothing is pasted until it is answered; what was copied is kept until then. Escape
 * gives up, as its button does.
 *
 * answer(data): sends { answers, headers }; resolves once it was taken
 * back(): gives the focus back to the grid
 */
(function (grid) {
  "use strict";

  function Question(box) {
    this.box = box;
  }

  Question.prototype = {
    ask: function (html, answer, back) {
      var form = new DOMParser().parseFromString(html, "text/html").querySelector("form");
      this.form = document.importNode(form, true);
      this.answer = answer;
      this.back = back;
      this.form.addEventListener("submit", this.onSubmit.bind(this));
      this.form.addEventListener("keydown", function (event) {
        if (event.key === "Escape") {
          this.close();
        }
      }.bind(this));
      this.box.replaceChildren(this.form);
      this.form.querySelector("[tabindex]").focus();
    },

    onSubmit: function (event) {
      event.preventDefault();
      var pressed = event.submitter ? event.submitter.name : "";
      if (pressed === "cancel") {
        this.close();
        return;
      }
      var data = { headers: pressed !== "headers" };
      if (data.headers) {
        data.answers = {};
        this.form.querySelectorAll("select").forEach(function (one) {
          data.answers[one.name.replace("place-", "")] = one.value;
        });
      }
      // A refusal leaves the question as it was answered.
      this.answer(data).then(this.close.bind(this), function () {});
    },

    close: function () {
      this.box.replaceChildren();
      this.back();
    },
  };

  grid.Question = Question;
})((this.odlocaleGrid = this.odlocaleGrid || {}));
