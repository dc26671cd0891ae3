"""In which language people are answered. Messages are made in English, plainly, where they arise; here they become Chinese.

What is made inside (validation, plans, the record) stays English: it is compared, kept and logged. Where a message leaves for a
person, in an answer over HTTP or on a terminal, `spoken.say` finds the template that it was made from in the catalogue of that
person's language and writes it anew with the same values. What no template fits is said in English.
"""
