/** `EX_CONFIG` of sysexits.h: the environment is wrong, so no edit of the code lets this backend start. */
export const WRONG_ENVIRONMENT = 78;
