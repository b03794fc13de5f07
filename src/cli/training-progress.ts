import { SingleBar } from 'cli-progress';
import type { EpochRecord, TrainingProgress } from '../training/index.ts';

/** Shows how a training goes: a bar on a terminal, a line an epoch elsewhere. */
export interface TrainingDisplay {
  readonly onProgress: (progress: TrainingProgress) => void;
  readonly onEpoch: (record: EpochRecord) => void;
  readonly stop: () => void;
}

const percent = (share: number | undefined): string => (share === undefined ? '-' : (100 * share).toFixed(1));

export function trainingDisplay(epochs: number): TrainingDisplay {
  return process.stderr.isTTY ? bar(epochs) : lines(epochs);
}

function bar(epochs: number): TrainingDisplay {
  const drawn = new SingleBar({
    format: '{bar} epoch {epoch}/{epochs} | loss {loss} | UAR {uar} % | {eta_formatted} left',
    stream: process.stderr,
    hideCursor: true,
    clearOnComplete: true,
    barCompleteChar: '█',
    barIncompleteChar: '░',
    // Epochs are judged at their ends: an estimate over fewer steps than one of them has would jump.
    etaBuffer: 200,
  });
  return {
    onProgress: ({ step, steps, epoch, loss, uar }) => {
      const shown = { epoch, epochs, loss: loss.toFixed(3), uar: percent(uar) };
      if (drawn.isActive) drawn.update(step, shown);
      else drawn.start(steps, step, shown);
    },
    onEpoch: () => undefined,
    stop: () => {
      drawn.stop();
    },
  };
}

function lines(epochs: number): TrainingDisplay {
  return {
    onProgress: () => undefined,
    onEpoch: ({ epoch, trainLoss, validationLoss, validationUar, seconds }) => {
      const losses = `loss ${trainLoss.toFixed(3)}, on validation ${validationLoss?.toFixed(3) ?? '-'}`;
      const left = `${Math.ceil(((epochs - epoch) * seconds) / 60)} min left`;
      console.error(`epoch ${epoch}/${epochs}: ${losses}, UAR ${percent(validationUar)} %, ${left}`);
    },
    stop: () => undefined,
  };
}
