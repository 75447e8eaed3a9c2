// The camera's pictures go out, painted frames come back; at most three are under way: one that is looked at, one painted, one on its way.
const UNDER_WAY = 3, WIDTH = 320, QUALITY = 0.8;
const part = (selector) => element.querySelector(selector);
let stream = null, socket = null, under = 0, sent = null, times = [];

const say = (text, fps = 0) => {
  const output = part('output');
  output.textContent = text;
  output.dataset.fps = fps.toFixed(1);
};

const buttons = (running) => {
  part('[data-do=start]').disabled = running;
  part('[data-do=stop]').disabled = part('[data-do=centre]').disabled = !running;
};

const introduce = () => {
  const who = JSON.stringify(props.value.who);
  if (socket && socket.readyState === WebSocket.OPEN && who !== sent) { socket.send(who); sent = who; }
};

const stop = (text = 'Not running') => {
  if (stream) stream.getTracks().forEach((track) => track.stop());
  if (socket) { socket.onclose = null; socket.close(); }
  stream = socket = sent = null;
  under = 0; times = [];
  const video = part('video');
  if (video) { video.srcObject = null; buttons(false); say(text); }
};

const shot = document.createElement('canvas');
const send = () => {
  const video = part('video');
  if (!socket || socket.readyState !== WebSocket.OPEN || under >= UNDER_WAY) return;
  if (!video || !video.isConnected) { stop(); return; }
  if (!video.videoWidth) { setTimeout(send, 50); return; }
  shot.width = WIDTH;
  shot.height = Math.round(WIDTH * video.videoHeight / video.videoWidth);
  shot.getContext('2d').drawImage(video, 0, 0, shot.width, shot.height);
  under += 1;
  shot.toBlob((blob) => { if (socket && socket.readyState === WebSocket.OPEN) socket.send(blob); }, 'image/jpeg', QUALITY);
};

const show = async (data) => {
  const picture = await createImageBitmap(new Blob([data], { type: 'image/png' }));
  const context = part('canvas').getContext('2d');
  context.clearRect(0, 0, 256, 256);
  context.drawImage(picture, 0, 0);
  const now = performance.now();
  times = [...times.filter((time) => now - time < 2000), now];
  const fps = times.length > 1 ? 1000 * (times.length - 1) / (now - times[0]) : 0;
  say(`${fps.toFixed(0)} frames a second`, fps);
};

const start = async () => {
  buttons(true);
  say('Starting …');
  try {
    stream = await navigator.mediaDevices.getUserMedia({ video: { width: 640, height: 480 }, audio: false });
  } catch (error) {
    stop(navigator.mediaDevices ? 'The camera cannot be used: allow it for this page, or plug one in.'
      : 'Browsers give cameras to this machine\'s own pages and to https pages only.');
    return;
  }
  const video = part('video');
  video.srcObject = stream;
  await video.play();
  socket = new WebSocket(`${location.protocol === 'https:' ? 'wss' : 'ws'}://${location.host}/live`);
  socket.binaryType = 'arraybuffer';
  socket.onopen = () => { introduce(); for (let i = 0; i < UNDER_WAY; i += 1) setTimeout(send, 40 * i); };
  socket.onmessage = async (event) => {
    under = Math.max(0, under - 1);
    send();
    if (typeof event.data === 'string') say(JSON.parse(event.data).say);
    else await show(event.data);
  };
  socket.onclose = () => stop('The connection ended.');
};

element.addEventListener('click', (event) => {
  const what = event.target.closest('[data-do]')?.dataset.do;
  if (what === 'start') start();
  if (what === 'stop') stop();
  if (what === 'centre' && socket) socket.send('centre');
});
watch('value', introduce);
