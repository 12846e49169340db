/*
 * Draws the communes of a territory on a map, by Leaflet: their contour where it is
 * known, a point otherwise. Nothing is asked of any other site.
 *
 * url                     - JSON: {communes: [{name, code, state, models, shape | point}], lost}
 * zoomIn, zoomOut         - what the two buttons are called
 * here, elsewhere, none   - what each state is called
 *
 * Example
 *
 *   <figure data-module="odlocale-territory-map" data-module-url="/observatoire/carte.json" …>
 *     <div class="odl-picture__map" role="region" aria-label="…" hidden></div>
 *     <p data-lost hidden>…</p>
 *   </figure>
 */
this.ckan.module("odlocale-territory-map", function ($) {
  "use strict";

  return {
    options: { url: "", zoomIn: "", zoomOut: "", here: "", elsewhere: "", none: "" },

    initialize: function () {
      if (!window.L || !window.fetch) { return; }
      this.frame = this.el[0].querySelector(".odl-picture__map");
      this.gone = false;
      window.fetch(this.options.url, { credentials: "same-origin" })
        .then(function (answer) { return answer.ok ? answer.json() : null; })
        .then(this.draw.bind(this))
        .catch(function () { /* The table says the same. */ });
    },

    teardown: function () {
      this.gone = true;
      if (this.map) {
        this.map.remove();
        this.frame.hidden = true;
      }
    },

    draw: function (drawn) {
      if (this.gone || !drawn) { return; }
      if (!drawn.communes.length) {
        this.el[0].querySelector("[data-nowhere]").hidden = false;
        return;
      }
      this.el[0].querySelector(".odl-legend").hidden = false;
      var L = window.L, options = this.options;
      var style = getComputedStyle(this.el[0]);
      var role = function (name) { return style.getPropertyValue("--odlocale-" + name).trim(); };
      var fill = { here: role("action"), elsewhere: role("accent"), none: role("surface") };
      this.frame.hidden = false;
      var still = window.matchMedia("(prefers-reduced-motion: reduce)").matches;
      this.map = L.map(this.frame, {
        attributionControl: false, dragging: !L.Browser.mobile, fadeAnimation: !still,
        inertia: !still, preferCanvas: true, scrollWheelZoom: false, zoomAnimation: !still,
        zoomControl: false, zoomSnap: 0.25,
      });
      L.control.zoom({ zoomInTitle: options.zoomIn, zoomOutTitle: options.zoomOut }).addTo(this.map);
      var bounds = L.latLngBounds([]), layers = [];
      drawn.communes.forEach(function (one) {
        var looks = { color: role("field"), fillColor: fill[one.state], fillOpacity: 1, weight: 1 };
        var layer = one.shape
          ? L.polygon(one.shape, looks)
          : L.circleMarker(one.point, Object.assign(looks, { radius: 5 }));
        bounds.extend(one.shape ? layer.getBounds() : L.latLng(one.point));
        var text = document.createElement("span");
        text.textContent = one.name + " : " + options[one.state];
        layer.bindPopup(text, { closeButton: false, maxWidth: 200 });
        layers.push(layer);
      });
      // The view comes first: a canvas draws nothing before it.
      this.map.fitBounds(bounds, { animate: false, maxZoom: 14, padding: [12, 12] });
      layers.forEach(function (layer) { layer.addTo(this.map); }, this);
      this.map.on("resize", function () { this.map.fitBounds(bounds, { animate: false, padding: [12, 12] }); }, this);
      if (drawn.lost) { this.el[0].querySelector("[data-lost]").hidden = false; }
    },
  };
});
