// A customer's own client: node read_card.mjs ADDRESS TOKEN PHOTO; prints status, request id and the answer.
import { readFile } from "node:fs/promises";

const [address, token, photo] = process.argv.slice(2);
const image = (await readFile(photo)).toString("base64");
const answer = await fetch(`${address}/v2/project-1/ocr/cambodian-idcard`, {
  method: "POST",
  headers: { "Content-Type": "application/json", "X-Auth-Token": token },
  body: JSON.stringify({ image, return_idcard_type: true }),
});
const body = await answer.json();
console.log(JSON.stringify({ status: answer.status, requestId: answer.headers.get("x-request-id"), body }));
