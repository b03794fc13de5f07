import { BASE, RATES_HZ, type Rate } from '../../src/protocol.ts';
import { Problem } from './problem.ts';

/** A microphone that is open. */
export interface Microphone {
  readonly rateHz: Rate;
  /** Begins to give packets of 20 ms, 16-bit samples. */
  start(onPacket: (samples: Int16Array<ArrayBuffer>) => void): void;
  close(): void;
}

/**
 * Opens the microphone as it is: what browsers do for calls (echo, noise, level) would change how somebody sounds.
 * @param onEnd told when it was unplugged, or taken away
 * @throws Problem that says what to do
 */
export async function openMicrophone(onEnd: () => void): Promise<Microphone> {
  const stream = await askForMicrophone();
  try {
    const { context, source, rateHz } = connect(stream);
    await context.audioWorklet.addModule(`${BASE}/microphone-worklet.js`);
    await context.resume();
    const node = new AudioWorkletNode(context, 'microphone', { numberOfOutputs: 0, channelCount: 1, channelCountMode: 'explicit' }); // prettier-ignore
    stream.getAudioTracks()[0]?.addEventListener('ended', onEnd);
    return {
      rateHz,
      start(onPacket) {
        node.port.onmessage = ({ data }) => {
          onPacket(data as Int16Array<ArrayBuffer>);
        };
        source.connect(node);
      },
      close() {
        node.port.onmessage = null;
        stopTracks(stream);
        void context.close();
      },
    };
  } catch (cause) {
    stopTracks(stream);
    throw cause;
  }
}

async function askForMicrophone(): Promise<MediaStream> {
  // Browsers hide it from pages that come over plain HTTP from elsewhere.
  if (!isSecureContext) {
    throw new Problem(
      'This browser gives the microphone to pages of this machine and of https addresses alone.',
      'Open the studio on the machine that runs the host, or put the host behind HTTPS. A recording can be dropped here too.',
    );
  }
  try {
    return await navigator.mediaDevices.getUserMedia({
      audio: { channelCount: 1, echoCancellation: false, noiseSuppression: false, autoGainControl: false },
    });
  } catch (cause) {
    throw asProblem(cause);
  }
}

function asProblem(cause: unknown): Problem {
  const { name } = cause as DOMException;
  if (name === 'NotAllowedError') {
    return new Problem(
      'The microphone was not allowed.',
      'Allow it beside the address of the page, then press Start again.',
    );
  }
  if (name === 'NotFoundError') {
    return new Problem('There is no microphone.', 'Plug one in and press Start again, or drop a recording.');
  }
  return new Problem('The microphone does not open.', 'See whether another program uses it, then press Start again.');
}

/** At the first rate that the browser can: some bring a microphone to no other rate than its own. */
function connect(stream: MediaStream): { context: AudioContext; source: MediaStreamAudioSourceNode; rateHz: Rate } {
  for (const rateHz of RATES_HZ) {
    const context = new AudioContext({ sampleRate: rateHz });
    try {
      return { context, source: context.createMediaStreamSource(stream), rateHz };
    } catch {
      void context.close();
    }
  }
  throw new Problem(
    'This browser cannot bring the microphone to 16 or 48 kHz.',
    'Set the microphone to 48 kHz in the settings of the system, or use another browser.',
  );
}

function stopTracks(stream: MediaStream): void {
  for (const track of stream.getTracks()) track.stop();
}
