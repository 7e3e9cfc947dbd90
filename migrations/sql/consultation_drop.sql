ALTER TABLE consultation.request DROP CONSTRAINT request_case;
DROP TABLE
    consultation.idempotency_key,
    consultation.audit,
    consultation.task,
    consultation.entry,
    consultation.goal,
    consultation.state_change,
    consultation.advice_case,
    consultation.agreement,
    consultation.request_message,
    consultation.request,
    consultation.reference_counter,
    consultation.topic;
DROP FUNCTION consultation.stays_shared();
DROP FUNCTION consultation.case_stays_ended();
DROP FUNCTION consultation.case_must_be_open();
DROP FUNCTION consultation.consent_to_what_stands();
DROP FUNCTION consultation.goal_keeps_its_word();
DROP FUNCTION consultation.next_reference(text, integer);
DROP FUNCTION consultation.teams_for(text[]);
DROP FUNCTION consultation.advisors_of_own_team();
DROP FUNCTION consultation.remove_old_answers(interval);
