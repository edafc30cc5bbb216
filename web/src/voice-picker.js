/**
 * Define the element `<voice-picker>`. The element shows the voices of a catalogue, the user's
 * favorites and recent voices, and the popular voices.
 *
 *     <script type="module" src="https://…/voice-picker.js"></script>
 *     <voice-picker endpoint="https://…" catalogue="voices.json"></voice-picker>
 *
 * `picker/element.js` exports the class without defining the element.
 */

import { VoicePicker } from "./picker/element.js";

if (globalThis.customElements && !customElements.get("voice-picker"))
  customElements.define("voice-picker", VoicePicker);

export { VoicePicker };
