// The sequence canvas: loaded on the editor's page alone.
import { mount } from "./canvas/editor.jsx";

const place = document.getElementById("canvas");
if (place) mount(place);
