// Reads HTML documents by name; writes what html-validate finds wrong with them.
import { readFileSync } from "node:fs";
import { HtmlValidate } from "html-validate";

const checker = new HtmlValidate({
  extends: ["html-validate:standard"],
  rules: {
    // Matters of taste, not of HTML.
    "long-title": "off",
    "no-trailing-whitespace": "off",
    "no-inline-style": "error",
    "void-style": "off",
    "attr-quotes": "off",
    "require-sri": "off", // nothing comes from another host
    "wcag/h30": "off", // axe looks at names of links in the rendered page
    "prefer-native-element": "off",
    "no-implicit-button-type": "off", // in a form, a button submits: as it should
    "no-redundant-role": "off",
    "svg-focusable": "off",
    "tel-non-breaking": "off",
    "unique-landmark": "off",
  },
});
const wrong = [];
for (const [name, document] of Object.entries(JSON.parse(readFileSync(0, "utf8")))) {
  const report = await checker.validateString(document);
  for (const it of report.results.flatMap((result) => result.messages)) {
    wrong.push(`${name} ${it.line}:${it.column} ${it.ruleId} ${it.message}`);
  }
}
console.log(JSON.stringify(wrong));
