// A streamed completion: server-sent events out of a fetch's body, until `data: [DONE]`.

async function* events_of(response) {
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
  let text = '';
  for (;;) {
    const {value, done} = await reader.read();
    if (done) return;
    text += value;
    for (let end; (end = text.search(/\r?\n\r?\n/)) >= 0;) {
      const lines = text.slice(0, end).split(/\r?\n/);
      text = text.slice(end).replace(/^\r?\n\r?\n/, '');
      const data = lines.filter((line) => line.startsWith('data:')).map((line) => line.slice(5).trimStart()).join('\n');
      if (data !== '') yield data;
    }
  }
}

/** Hands each piece of text to `on_text`; gives all that the chunks said besides. Throws what the server says of a failure. */
export async function stream_completion(response, on_text) {
  let last = {};
  for await (const data of events_of(response)) {
    if (data === '[DONE]') return last;
    const chunk = JSON.parse(data);
    if (chunk.error) throw new Error(chunk.error.message ?? chunk.error.detail ?? JSON.stringify(chunk.error));
    const piece = chunk.choices?.[0]?.text ?? chunk.choices?.[0]?.delta?.content ?? '';
    if (piece !== '') on_text(piece);
    last = {...last, ...chunk};
  }
  throw new Error('the answer broke off');
}
