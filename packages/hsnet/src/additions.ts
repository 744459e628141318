/**
 * What this library can add to the published network. None is on by default: weights say which they were trained with.
 *
 * - `contrast`: the query is correlated with the support's background, too, so that the learner sees what the object is not.
 *   It doubles the learner's input channels.
 * - `priors`: the decoder also gets, for each correlation, its largest value over the support plane, which the mean over that
 *   plane loses (Tian et al., *Prior Guided Feature Enrichment Network*, TPAMI 2020, section 3.2; of every tap here, and not
 *   normalised).
 * - `prototypes`: the decoder also gets, for each tap, how alike each place of the query is to the mean of the support's object, and
 *   with `contrast` to the mean of its background (Wang et al., *PANet*, ICCV 2019, section 3.3).
 * - `guidance`: the decoder also gets the query's feature maps at strides 4, 8 and 16, narrowed to 16 channels each, so that masks
 *   follow edges (as the appearance guidance of Hong et al., *Cost Aggregation with 4D Convolutional Swin Transformer*, ECCV 2022).
 */
export const additionNames = ['contrast', 'priors', 'prototypes', 'guidance'] as const;
export type Addition = (typeof additionNames)[number];
