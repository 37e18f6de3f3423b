//! wip
#[cfg(test)]
mod t {
    #[test]
    fn lines() {
        for text in [
            "\u{feff}a,b\r\n1,2\r\n3,4\r\n\r\n5,6\r\n",
            "a,b\n1,2\n\n\n3,4\n\"x\ny\",2\n7,8",
            " \n1,2\n\"a, 3",
        ] {
            let mut r = csv::ReaderBuilder::new()
                .has_headers(false)
                .flexible(true)
                .trim(csv::Trim::All)
                .from_reader(text.as_bytes());
            for rec in r.records() {
                let rec = rec.unwrap();
                println!("{:?} {:?}", rec, rec.position());
            }
        }
    }
}
