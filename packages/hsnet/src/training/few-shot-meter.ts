import type { Episode, EpisodePlan, Mask, RgbImage } from '@hypercorr/datasets';
import { DivergedError, type Card, type Meter, type Validation } from '@hypercorr/train';
import type { Picture } from '@hypercorr/vision/pictures';
import type { Baselines } from '../baselines/baselines.ts';
import { DamagedWeightsError } from '../errors.ts';
import type { HSNet } from '../hsnet.ts';
import { EpisodeMeter, type EpisodeMeterOptions, type ScoredEpisode } from '../scoring/episode-meter.ts';
import { episodeIou } from '../scoring/segmentation-score.ts';

export interface FewShotMeterOptions extends Omit<EpisodeMeterOptions, 'classes'> {
  /** The scored classes. */
  readonly classes: readonly { readonly id: number; readonly name: string }[];
  /** Segmentations without learning, scored on the same episodes, if wanted. */
  readonly baselines?: Baselines | undefined;
}

/** The figures of few-shot segmentation: which tells the best epoch, and how people call them. */
export const fewShotFigures = {
  best: { figure: 'miou', higher: true },
  labels: { miou: 'mIoU', fb_iou: 'FB-IoU' } as Readonly<Record<string, string>>,
} satisfies Pick<Validation<Episode>, 'best' | 'labels'>;

/** Episodes that the report shows, at most. */
const mostPictures = 12;

/** Scores HSNet on the episodes of a validation, with tables and pictures for the report. */
export class FewShotMeter implements Meter<Episode> {
  readonly baselines: Baselines | undefined;
  readonly #model: HSNet;
  readonly #meter: EpisodeMeter;
  readonly #names: ReadonlyMap<number, string>;
  /** The first episode of every class: they are not chosen by their score. */
  readonly #pictures = new Map<string, Picture>();

  constructor({ classes, baselines, ...options }: FewShotMeterOptions) {
    this.#model = options.model;
    this.#meter = new EpisodeMeter({ ...options, classes: classes.map(({ id }) => id) });
    this.#names = new Map(classes.map(({ id, name }) => [id, name]));
    this.baselines = baselines;
  }

  get counts(): Float64Array {
    return this.#meter.counts;
  }

  get score(): EpisodeMeter['score'] {
    return this.#meter.score;
  }

  /** @throws DivergedError for logits that are NaN or infinite; otherwise as `EpisodeMeter.add` */
  async add(episode: Episode): Promise<void> {
    const scored = await this.#meter.add(episode).catch((cause: unknown) => {
      throw cause instanceof DamagedWeightsError ? new DivergedError(cause.message, { cause }) : cause;
    });
    const { className } = episode.plan;
    if (!this.#pictures.has(className) && this.#pictures.size < mostPictures)
      this.#pictures.set(className, episodePicture(viewOf(scored)));
    await this.baselines?.addEpisode(episode, this.#model);
  }

  figures(): Readonly<Record<string, number>> {
    return { ...this.#meter.figures() };
  }

  /** The scored classes, the best first. */
  classRows(): readonly { readonly name: string; readonly iou: number; readonly episodes: number }[] {
    const rows = this.score.classes().map(({ id, iou, episodes }) => ({
      name: this.#names.get(id) ?? String(id),
      iou,
      episodes,
    }));
    return rows.toSorted((a, b) => b.iou - a.iou);
  }

  cards(): readonly Card[] {
    const { miou, fbIou } = this.score;
    const baselines = this.baselines?.results() ?? [];
    return [
      {
        kind: 'table',
        title: 'Beside the baselines',
        columns: [
          { title: '' },
          { title: 'mIoU', kind: 'number', digits: 1 },
          { title: 'FB-IoU', kind: 'number', digits: 1 },
          { title: '' },
        ],
        rows:
          baselines.length === 0
            ? []
            : [
                ['HSNet', miou, fbIou, 'this model'],
                ...baselines.map(({ name, score, setting }) => [name, score.miou, score.fbIou, setting] as const),
              ],
        own: 0,
      },
      {
        kind: 'table',
        title: 'Classes',
        columns: [
          { title: 'class' },
          { title: 'episodes', kind: 'number' },
          { title: 'IoU', kind: 'number', digits: 1 },
          { title: '', kind: 'bar' },
        ],
        rows: this.classRows().map(({ name, iou, episodes }) => [name, episodes, iou, iou]),
      },
      { kind: 'pictures', title: 'Examples', pictures: [...this.#pictures.values()] },
    ];
  }
}

function viewOf({ episode: { plan, query, supports }, prediction }: ScoredEpisode): EpisodeView {
  const { width, height } = query.mask;
  return {
    plan,
    support: supports[0],
    query: query.image,
    truth: query.mask,
    prediction: { width, height, data: prediction },
  };
}

/** The parts of an episode that a person looks at. Masks have the size of their image. */
export interface EpisodeView {
  readonly plan: Pick<EpisodePlan, 'className' | 'supports'>;
  /** The first support. */
  readonly support: { readonly image: RgbImage; readonly mask: Mask } | undefined;
  readonly query: RgbImage;
  readonly truth: Mask;
  readonly prediction: Mask;
}

/** An episode to look at: the first support with its mask, the query, the truth, and the prediction. */
export function episodePicture({ plan, support, query, truth, prediction }: EpisodeView): Picture {
  const { className: name, supports } = plan;
  return {
    name,
    caption: `${name}, IoU ${episodeIou(prediction.data, truth.data).toFixed(1)}`,
    panels: [
      {
        title: 'support',
        ...(supports.length > 1 ? { detail: `1 of ${supports.length}` } : {}),
        image: support?.image,
        mask: support?.mask,
      },
      { title: 'query', image: query },
      { title: 'truth', image: query, mask: truth },
      { title: 'prediction', image: query, mask: prediction },
    ],
  };
}
