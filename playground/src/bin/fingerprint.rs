//! `fingerprint ADDRESS..`: runs what each address describes, natively, and prints its fingerprint, a line each.

fn main() -> Result<(), String> {
    for address in std::env::args().skip(1) {
        let session = playground::Session::open(&address)?;
        if let Some(reason) = session.ended() {
            eprintln!("{address}: {reason}");
        }
        println!("{}", session.fingerprint());
    }
    Ok(())
}
