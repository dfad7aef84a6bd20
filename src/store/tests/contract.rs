//! One contract for every store.

use super::*;

#[test]
fn what_is_staged_is_seen_by_nobody_until_it_is_published() {
    each_store(|store, format| {
        let run = RunId::random();
        store.begin(run).unwrap();
        let (b, _) = stage(store, run, "b", format, &[1]);
        let (a, _) = stage(store, run, "a", format, &[2]);
        assert_eq!((store.current().unwrap(), store.published().unwrap()), (vec![], None));

        let current = store.publish(run, &[b.clone(), a.clone()]).unwrap();

        assert_eq!(models(&current), ["a", "b"]);
        assert_eq!(store.current().unwrap(), current);
        let published = store.published().unwrap().unwrap();
        assert_eq!((published.run, published.versions), (run, vec![a, b]));
    });
}

#[test]
fn exactly_these_versions_are_published_whoever_made_them() {
    each_store(|store, format| {
        run(store, format, &[("carried", &[1]), ("dropped", &[1]), ("replaced", &[1])], &[]);

        let (second, current) = run(store, format, &[("replaced", &[2])], &["carried"]);

        assert_eq!(models(&current), ["carried", "replaced"]);
        assert_eq!(published(store, format), [is("carried", &[1]), is("replaced", &[2])]);
        assert_eq!(store.published().unwrap().unwrap().run, second);
    });
}

#[test]
fn what_was_published_before_can_be_published_again() {
    each_store(|store, format| {
        run(store, format, &[("a", &[1])], &[]);
        let before = store.published().unwrap().unwrap().versions;
        run(store, format, &[("a", &[2])], &[]);
        let back = RunId::random();
        store.begin(back).unwrap();

        store.publish(back, &before).unwrap();

        assert_eq!(published(store, format), [is("a", &[1])]);
    });
}

#[test]
fn nothing_at_all_can_be_published() {
    each_store(|store, format| {
        run(store, format, &[("a", &[1])], &[]);
        let (empty, current) = run(store, format, &[], &[]);

        assert_eq!((current, store.published().unwrap().unwrap().run), (vec![], empty));
    });
}

#[test]
fn a_run_can_publish_more_than_once() {
    each_store(|store, format| {
        let run = RunId::random();
        store.begin(run).unwrap();
        let (a, _) = stage(store, run, "a", format, &[1]);
        store.publish(run, std::slice::from_ref(&a)).unwrap();
        let (b, _) = stage(store, run, "b", format, &[2]);
        store.publish(run, &[a, b]).unwrap();

        assert_eq!(published(store, format), [is("a", &[1]), is("b", &[2])]);
    });
}

#[test]
fn publishing_what_is_published_changes_nothing() {
    each_store(|store, format| {
        let (first, _) = run(store, format, &[("a", &[1])], &[]);
        let before = (store.published().unwrap(), store.current().unwrap());

        run(store, format, &[], &["a"]);

        assert_eq!((store.published().unwrap(), store.current().unwrap()), before);
        assert_eq!(before.0.unwrap().run, first);
    });
}

#[test]
fn what_is_staged_twice_is_there_once_as_it_was_the_last_time() {
    each_store(|store, format| {
        let run = RunId::random();
        store.begin(run).unwrap();
        stage(store, run, "a", format, &[1]);
        let (again, file) = stage(store, run, "a", format, &[2, 3]);
        store.publish(run, std::slice::from_ref(&again)).unwrap();

        assert_eq!(published(store, format), [is("a", &[2, 3])]);
        assert_eq!(store.condition(&again, &file).unwrap(), Condition::Intact);
        assert_eq!(store.kept().unwrap(), [(run, file.bytes)]);
    });
}

#[test]
fn a_run_that_ends_without_publishing_leaves_its_versions_for_the_next() {
    each_store(|store, format| {
        run(store, format, &[("a", &[1])], &[]);
        let failed = RunId::random();
        store.begin(failed).unwrap();
        let (version, file) = stage(store, failed, "a", format, &[2]);
        store.end(failed).unwrap();
        assert_eq!(published(store, format), [is("a", &[1])]);

        let next = RunId::random();
        store.begin(next).unwrap();
        assert_eq!(store.condition(&version, &file).unwrap(), Condition::Intact);
        store.publish(next, &[version]).unwrap();

        assert_eq!(published(store, format), [is("a", &[2])]);
    });
}

#[test]
fn a_version_that_is_not_there_is_missing_and_cannot_be_loaded_or_published() {
    each_store(|store, format| {
        let run = RunId::random();
        store.begin(run).unwrap();
        let (a, file) = stage(store, run, "a", format, &[1]);
        let missing = Version { model: "missing".to_owned(), ..a.clone() };

        let text = format!("failed to read `{}`: ", store.path(&missing).display());
        let load = store.load(&missing, &Storage::Table(format), Some(&NUMBERS)).unwrap_err().to_string();
        let publish = store.publish(run, &[a, missing.clone()]).unwrap_err().to_string();

        assert!(load.starts_with(&text) && publish.starts_with(&text), "{load}\n{publish}");
        assert_eq!(store.condition(&missing, &file).unwrap(), Condition::Missing);
        assert_eq!(store.published().unwrap(), None);
    });
}

#[test]
fn a_version_of_one_form_is_not_taken_for_another() {
    each_store(|store, format| {
        let (version, _) = stage(store, RunId::random(), "a", format, &[1]);

        let error = store.load(&version, &Storage::Json, None).unwrap_err().to_string();

        let stored = format.as_str();
        assert_eq!(
            error,
            format!("model `a` is stored as `{stored}` and wanted as `json` now; run its provider again")
        );
    });
}

#[test]
fn what_is_kept_of_a_run_is_removed_except_what_is_wanted_or_published() {
    each_store(|store, format| {
        let (old, _) = run(store, format, &[("gone", &[1, 2, 3]), ("published", &[2]), ("wanted", &[3])], &[]);
        let (new, _) = run(store, format, &[("gone", &[4])], &["published"]);
        let kept = |store: &dyn Store| store.kept().unwrap().into_iter().collect::<std::collections::BTreeMap<_, _>>();
        let before = kept(store);

        let given_back = store.remove(old, &["wanted"]).unwrap();

        assert!(given_back > 0);
        assert_eq!(kept(store)[&old], before[&old] - given_back);
        assert_eq!(kept(store)[&new], before[&new]);
        assert_eq!(published(store, format), [is("gone", &[4]), is("published", &[2])]);
        let of = |model: &str| Version { model: model.to_owned(), run: old, extension: format.as_str().to_owned() };
        assert_eq!(load(store, &of("wanted"), format), [3]);
        store.load(&of("gone"), &Storage::Table(format), Some(&NUMBERS)).unwrap_err();
    });
}

#[test]
fn nothing_is_kept_of_a_run_whose_versions_are_all_removed() {
    each_store(|store, format| {
        let (version, file) = stage(store, RunId::random(), "a", format, &[1]);

        assert_eq!(store.remove(version.run, &[]).unwrap(), file.bytes);

        assert_eq!(store.kept().unwrap(), []);
        assert_eq!(store.remove(version.run, &[]).unwrap(), 0);
    });
}

#[test]
fn one_run_at_a_time_has_the_store() {
    each_store(|store, _| {
        let (first, second) = (RunId::random(), RunId::random());
        assert_eq!(store.begin(first).unwrap().took_over, None);

        let busy = store.begin(second).unwrap_err();
        let is_first = |holder: &Holder| matches!(holder, Holder::Run(lease) if lease.run == first);
        assert!(matches!(busy, StoreError::Busy { holder, until: None, .. } if is_first(&holder)));

        store.end(second).unwrap();
        assert!(matches!(store.begin(second), Err(StoreError::Busy { .. })), "it is not the second's to end");
        store.end(first).unwrap();
        assert_eq!(store.begin(second).unwrap().took_over, None);
    });
}

#[test]
fn a_run_that_does_not_have_the_store_publishes_nothing() {
    each_store(|store, format| {
        let run = RunId::random();
        let (version, _) = stage(store, run, "a", format, &[1]);
        let publish = || store.publish(run, std::slice::from_ref(&version)).unwrap_err();
        assert!(matches!(publish(), StoreError::LeaseLost { holder: None, .. }), "it never had it");

        store.begin(run).unwrap();
        store.end(run).unwrap();
        assert!(matches!(publish(), StoreError::LeaseLost { holder: None, .. }), "it let go of it");

        let other = RunId::random();
        store.begin(other).unwrap();
        let is_other = |holder: &Holder| matches!(holder, Holder::Run(lease) if lease.run == other);
        assert!(
            matches!(publish(), StoreError::LeaseLost { holder: Some(holder), .. } if is_other(&holder)),
            "another has it"
        );
        assert_eq!(store.published().unwrap(), None);
    });
}

#[test]
fn a_name_that_leads_out_of_the_folder_is_refused() {
    each_store(|store, format| {
        let error = store.stage(RunId::random(), "../a", &Storage::Table(format), &numbers(&[1])).unwrap_err();

        let expected = "`../a` cannot be the name of a file; a stored model's name has letters, digits, `_` and `-` \
                        only, and a letter or digit first";
        assert_eq!(error.to_string(), expected);
    });
}
