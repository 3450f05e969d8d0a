// The official openai package through `dure proxy`, as a program uses it that knows nothing of payments.
//   node tests/web/clients/openai_proxy.mjs http://127.0.0.1:8787/v1
import assert from "node:assert/strict";
import OpenAI from "openai";

const client = new OpenAI({ baseURL: process.argv[2], apiKey: "any", maxRetries: 0 });
const model = "dure";

const models = await client.models.list();
assert.ok(models.data.length >= 1, "a model is listed");

const completion = await client.completions.create({ model, prompt: "두레는", max_tokens: 6, seed: 1 });
assert.equal(typeof completion.choices[0].text, "string");
assert.ok(completion.usage.completion_tokens <= 6);

const chat = await client.chat.completions.create({ model, messages: [{ role: "user", content: "안녕" }], max_tokens: 6, seed: 1 });
assert.equal(chat.choices[0].message.role, "assistant");

let streamed = "";
for await (const chunk of await client.chat.completions.create({
  model, messages: [{ role: "user", content: "안녕" }], max_tokens: 6, seed: 1, stream: true,
})) {
  streamed += chunk.choices[0]?.delta?.content ?? "";
}
assert.equal(streamed, chat.choices[0].message.content, "a stream says what the whole answer says");

await assert.rejects(client.completions.create({ model, prompt: "가", max_tokens: -1 }), (error) => error.status === 400);
await assert.rejects(client.completions.create({ model, prompt: "가", max_tokens: 500, n: 8 }), (error) => error.status === 402 && /--per-call/.test(error.message));
console.log(`      openai: ${JSON.stringify(streamed)}`);
