//! tract: predictions alone, from the ONNX files that `data.py` wrote.

use std::path::PathBuf;
use std::time::Instant;

use peers::{Data, Run, Workload, serve, single, sum_of_squares};
use tract_onnx::prelude::*;

fn main() {
    serve(|workload, data| workload.loss.is_none().then(|| predict(workload, data).expect("a network")));
}

fn predict(workload: &Workload, data: &Data) -> TractResult<Run> {
    let folder = std::env::args().nth(2).expect("a folder of data");
    let file = PathBuf::from(folder).join(format!("{}.onnx", workload.name));
    let inputs = workload.inputs();
    let at_once = if workload.rows { workload.samples } else { 1 };
    let network = tract_onnx::onnx()
        .model_for_path(file)?
        .with_input_fact(0, f32::fact([at_once, inputs]).into())?
        .into_optimized()?
        .into_runnable()?;
    let x = single(&data.x);
    Ok(Box::new(move |predictions, _| {
        let start = Instant::now();
        let mut last = None;
        for rows in x.chunks_exact(inputs * at_once).cycle().take(predictions) {
            let rows = Tensor::from_shape(&[at_once, inputs], rows).expect("it fits");
            last = Some(network.run(tvec!(rows.into())).expect("it fits"));
        }
        let seconds = start.elapsed().as_secs_f64();
        let outputs = last.expect("a prediction");
        let y = outputs[0].to_plain_array_view::<f32>().expect("numbers");
        (sum_of_squares(y.as_slice().expect("in order")), seconds)
    }))
}
