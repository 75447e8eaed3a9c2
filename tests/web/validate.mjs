// Prints what the Khronos validator says of a GLB as JSON: node validate.mjs FILE
import { readFileSync } from "node:fs";
import validator from "gltf-validator";

const bytes = new Uint8Array(readFileSync(process.argv[2]));
const report = await validator.validateBytes(bytes, { maxIssues: 0 });
console.log(JSON.stringify(report));
