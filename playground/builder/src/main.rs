//! `builder MODULE.wasm FOLDER`: writes the module and the JavaScript that loads it, as `wasm-bindgen --target web` does.

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let [_, module, folder] = &std::env::args().collect::<Vec<_>>()[..] else {
        return Err("expected two arguments: the compiled module, and the folder to write to".into());
    };
    let mut bindgen = wasm_bindgen_cli_support::Bindgen::new();
    bindgen.web(true)?.typescript(false).remove_name_section(true).remove_producers_section(true);
    bindgen.input_path(module).out_name("playground").generate(folder)?;
    Ok(())
}
