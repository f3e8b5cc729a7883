// The evaluation report of a model version, as `lineside train` writes it (docs/formats/model.md).

const kFolds = [[10.69, 9.36, 0.13], [11.39, 10.15, 1.73], [11.25, 9.4, -0.84],
  [10.13, 8.32, -2.12], [10.83, 8.74, -2.15]];

export function reportOf({ model, digest, revision, seed, inputs, outputs }) {
  const folds = kFolds.map(([rmse, capped, bias], i) =>
    ({ assets: 20, rows: 2653 + 22 * i, rmse, rmse_capped: capped, bias }));
  return {
    format: 1, training: model, pipeline: model, method: 'trees', seed, code_revision: revision,
    library: 'xgboost 3.0.0',
    model: { file: `${model}.onnx`, bytes: 438_817, sha256: digest.slice('sha256:'.length) },
    validation: { folds, assets: 100, rows: 13_394, rmse: 10.87, rmse_capped: 9.21, bias: -0.65 },
    fitted: { trees: 250, nodes: 13_734 },
    data: {
      files: [{ name: 'train_FD001.txt', bytes: 3_515_356,
        sha256: '963b5e22825b34d8b21c69e1aeb4af3e647050eb672ee8834ba4b5d91d2de0f8' }],
      assets: 100, readings: 495_144, duplicates: 0, conflicts: 0, frames: 20_631, rows: 20_631,
      rows_learnt: 18_731,
    },
    parameters: { pipeline: 'pipeline.yaml', trees: { rounds: 250, eta: 0.05, max_depth: 5 },
      validation: { folds: 5, from_frame: 31 }, seed },
    features: inputs.map((name, i) => ({ name, reference: 641.5 - 12.25 * i })),
    outputs: outputs.map((name) => ({ name, unit: 'cycles' })),
  };
}
