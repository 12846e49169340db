/*
 * Draws places on a map, by Leaflet.
 *
 * The figures are JSON beside it: {points: [[latitude, longitude, name]…], contour:
 * GeoJSON or null, tiles: {address, credit} or null}. Without tiles nothing is asked of
 * anybody. Names are shown as text: whatever a file holds, nothing of it is run.
 *
 * zoomIn, zoomOut - what the two buttons are called
 * unnamed         - what a place without a name is called
 *
 * Example
 *
 *   <figure data-module="odlocale-map" data-module-zoom-in="Zoom in" …>
 *     <div class="odl-picture__map" role="region" aria-label="…" hidden></div>
 *     <script type="application/json">{…}</script>
 *   </figure>
 */
this.ckan.module("odlocale-map", function ($) {
  "use strict";

  var DEEPEST = 18;

  function asText(text) {
    var element = document.createElement("span");
    element.textContent = text;
    return element;
  }

  return {
    options: { zoomIn: "", zoomOut: "", unnamed: "" },

    initialize: function () {
      var L = window.L;
      this.frame = this.el[0].querySelector(".odl-picture__map");
      this.figures = JSON.parse(this.el[0].querySelector("script").textContent);
      if (!L) { return; }
      this.frame.hidden = false;
      var still = window.matchMedia("(prefers-reduced-motion: reduce)").matches;
      this.map = L.map(this.frame, {
        attributionControl: false,
        // A finger, or a wheel, that goes over the map scrolls the page.
        dragging: !L.Browser.mobile,
        fadeAnimation: !still,
        inertia: !still,
        markerZoomAnimation: !still,
        maxZoom: DEEPEST,
        preferCanvas: true,
        scrollWheelZoom: false,
        zoomAnimation: !still,
        zoomControl: false,
        // Images are sharp at whole levels only; a contour fills its frame at any.
        zoomSnap: this.figures.tiles ? 1 : 0.25,
      });
      L.control.zoom({
        zoomInTitle: this.options.zoomIn,
        zoomOutTitle: this.options.zoomOut,
      }).addTo(this.map);
      this.draw(L);
    },

    teardown: function () {
      if (this.map) {
        this.map.remove();
        this.frame.hidden = true;
      }
    },

    draw: function (L) {
      var style = getComputedStyle(this.el[0]);
      var action = style.getPropertyValue("--odlocale-action").trim();
      var line = style.getPropertyValue("--odlocale-field").trim();
      var surface = style.getPropertyValue("--odlocale-surface").trim();
      var figures = this.figures, unnamed = this.options.unnamed;
      var bounds = L.latLngBounds(figures.points.map(function (one) {
        return [one[0], one[1]];
      }));
      if (figures.tiles) { this.lay(L, figures.tiles); }
      if (figures.contour) {
        var contour = L.geoJSON(figures.contour, {
          interactive: false,
          style: { color: line, fillColor: surface, fillOpacity: figures.tiles ? 0.2 : 1, weight: 2 },
        }).addTo(this.map);
        bounds.extend(contour.getBounds());
      }
      // The view comes first: a canvas draws nothing before it.
      var fit = this.map.fitBounds.bind(
        this.map, bounds, { animate: false, maxZoom: 16, padding: [20, 20] }
      );
      fit();
      // A telephone that is turned shows the whole again.
      this.map.on("resize", fit);
      // It fits in the map of a telephone; Escape closes it, or a click beside.
      var popup = { closeButton: false, maxWidth: 180 };
      figures.points.forEach(function (point) {
        L.circleMarker([point[0], point[1]], {
          color: surface, fillColor: action, fillOpacity: 1, radius: 8, weight: 2,
        }).bindPopup(asText(point[2] || unnamed), popup).addTo(this.map);
      }, this);
    },

    lay: function (L, tiles) {
      L.tileLayer(tiles.address, {
        attribution: asText(tiles.credit).innerHTML,
        maxZoom: DEEPEST,
        referrerPolicy: "strict-origin-when-cross-origin",
      }).addTo(this.map);
      L.control.attribution({ prefix: false }).addTo(this.map);
    },
  };
});
