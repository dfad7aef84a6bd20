//! What must not compile, and what the compiler says of it.
//!
//! After a change of wording, `TRYBUILD=overwrite cargo test --test compile_fail` writes the texts anew; read them.

#[test]
fn a_mistake_is_a_compile_error_that_says_what_to_do() {
    trybuild::TestCases::new().compile_fail("tests/compile_fail/*.rs");
}
