//! Slow clients hold nobody else up, and are sent away.

use std::{
    io::{Read, Write},
    net::TcpStream,
    thread,
    time::{Duration, Instant},
};

use crate::server::Server;

#[test]
fn slow_clients_hold_nobody_up() {
    let server = Server::start(&["--patience", "2"]);
    let begun = Instant::now();
    let head = "POST /v1/extract HTTP/1.1\r\nHost: test\r\nContent-Type: application/json\r\n";
    let slow: Vec<TcpStream> = (0..100)
        .map(|number| {
            let mut stream = TcpStream::connect(&server.address).unwrap();
            match number % 3 {
                0 => {} // says nothing
                1 => stream.write_all(head.as_bytes()).unwrap(),
                _ => {
                    let body = format!("{head}Content-Length: 1000\r\n\r\n{{\"text");
                    stream.write_all(body.as_bytes()).unwrap();
                }
            }
            stream
        })
        .collect();
    // A byte now and then doesn't help.
    let drips = slow.iter().filter_map(|stream| stream.try_clone().ok()).collect::<Vec<_>>();
    let dripping = thread::spawn(move || {
        for _ in 0..30 {
            drips.iter().for_each(|mut stream| drop(stream.write_all(b"a")));
            thread::sleep(Duration::from_millis(100));
        }
    });
    for _ in 0..5 {
        server.extract("Ingrid Solberg was born in Bergen.");
    }
    dripping.join().unwrap();
    for mut stream in slow {
        stream.set_read_timeout(Some(Duration::from_secs(30))).unwrap();
        let mut answer = Vec::new();
        // Reset or closed, with an answer or without: in any case the connection ends.
        if let Err(error) = stream.read_to_end(&mut answer) {
            assert_ne!(error.kind(), std::io::ErrorKind::WouldBlock, "it is open still");
        }
        let answer = String::from_utf8_lossy(&answer);
        let is_refused = answer.starts_with("HTTP/1.1 408") || answer.starts_with("HTTP/1.1 400");
        assert!(answer.is_empty() || is_refused, "{answer}");
    }
    assert!(begun.elapsed() < Duration::from_secs(60), "{:?}", begun.elapsed());
}
