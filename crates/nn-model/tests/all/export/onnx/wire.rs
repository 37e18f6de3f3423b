//! Protocol Buffers read by hand: <https://protobuf.dev/programming-guides/encoding>.

/// What a field holds.
#[derive(Debug, Clone, Copy)]
pub(super) enum Value<'a> {
    Integer(u64),
    Bytes(&'a [u8]),
    Float(f32),
}

/// A message: its fields with their numbers, in the order of the file.
#[derive(Debug, Clone)]
pub(super) struct Message<'a>(Vec<(u64, Value<'a>)>);

impl<'a> Message<'a> {
    pub(super) fn read(mut bytes: &'a [u8]) -> Self {
        let mut fields = Vec::new();
        while !bytes.is_empty() {
            let key = integer(&mut bytes);
            let value = match key & 7 {
                0 => Value::Integer(integer(&mut bytes)),
                2 => {
                    let len = usize::try_from(integer(&mut bytes)).unwrap();
                    Value::Bytes(bytes.split_off(..len).unwrap())
                }
                5 => Value::Float(f32::from_le_bytes(bytes.split_off(..4).unwrap().try_into().unwrap())),
                wire => panic!("no field of ONNX has wire type {wire}"),
            };
            fields.push((key >> 3, value));
        }
        Self(fields)
    }

    fn values(&self, field: u64) -> impl Iterator<Item = Value<'a>> {
        self.0.iter().filter(move |(number, _)| *number == field).map(|(_, value)| *value)
    }

    pub(super) fn bytes(&self, field: u64) -> impl Iterator<Item = &'a [u8]> {
        self.values(field).map(move |value| match value {
            Value::Bytes(bytes) => bytes,
            value => panic!("field {field} is {value:?}"),
        })
    }

    pub(super) fn messages(&self, field: u64) -> Vec<Message<'a>> {
        self.bytes(field).map(Message::read).collect()
    }

    /// The only message.
    pub(super) fn message(&self, field: u64) -> Message<'a> {
        let [message] = self.messages(field).try_into().expect("one");
        message
    }

    pub(super) fn texts(&self, field: u64) -> Vec<String> {
        self.bytes(field).map(|bytes| String::from_utf8(bytes.to_vec()).unwrap()).collect()
    }

    /// The only text.
    pub(super) fn text(&self, field: u64) -> String {
        let [text] = self.texts(field).try_into().expect("one");
        text
    }

    /// The integers, each in a field of its own or packed.
    pub(super) fn integers(&self, field: u64) -> Vec<usize> {
        let mut integers = Vec::new();
        for value in self.values(field) {
            match value {
                Value::Integer(value) => integers.push(value),
                Value::Bytes(mut bytes) => {
                    while !bytes.is_empty() {
                        integers.push(integer(&mut bytes));
                    }
                }
                Value::Float(value) => panic!("field {field} is {value}"),
            }
        }
        integers.into_iter().map(|value| usize::try_from(value).unwrap()).collect()
    }

    pub(super) fn float(&self, field: u64) -> Option<f32> {
        self.values(field).find_map(|value| if let Value::Float(value) = value { Some(value) } else { None })
    }
}

/// Seven bits a byte, the lowest first.
fn integer(bytes: &mut &[u8]) -> u64 {
    let mut value = 0;
    for shift in (0..64).step_by(7) {
        let byte = *bytes.split_off_first().expect("a byte");
        value |= u64::from(byte & 127) << shift;
        if byte < 128 {
            return value;
        }
    }
    panic!("an integer of more than 64 bits");
}
