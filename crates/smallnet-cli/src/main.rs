//! The command `smallnet`.

fn main() -> std::process::ExitCode {
    smallnet_cli::run()
}
