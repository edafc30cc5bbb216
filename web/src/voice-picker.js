/**
 * Define `<voice-picker>`: the voices of a catalogue with the user's favorites, recent and popular
 * voices.
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
