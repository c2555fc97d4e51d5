(function () {
  var here = document.currentScript;
  var frame = document.createElement("iframe");
  frame.src = {{ src | tojson }};
  frame.title = {{ title | tojson }};
  frame.width = here.getAttribute("data-width") || "320";
  frame.height = here.getAttribute("data-height") || "180";
  frame.loading = "lazy";
  frame.setAttribute("frameborder", "0");
  here.parentNode.insertBefore(frame, here.nextSibling);
})();
